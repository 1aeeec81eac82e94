import { LRUCache } from 'lru-cache';
import type { Caller } from '../context.ts';
import { classOf } from './caller-class.ts';
import type { EvaluateRule, RuleQuestion, Verdict } from './evaluate-rule.ts';
import type { Guard, GuardRule } from './guard.ts';

/** Classes of callers whose verdicts are kept: combinations of tier and scopes, not callers. */
const CLASSES = 1_000;
/** How long the refusal of a rule that failed is kept, in milliseconds: it must neither last nor cost each request its timeout. */
const FAULT_MS = 1_000;

type Remembered = { readonly verdict: Verdict | Promise<Verdict>; readonly untilMs: number };

/** Asks guards, and remembers what their rules say to a class of callers. */
export class VerdictMemory {
  readonly #evaluate: EvaluateRule;
  readonly #now: () => number;
  readonly #classes = new LRUCache<string, Map<GuardRule, Remembered>>({ max: CLASSES });

  /** @param now - milliseconds of any clock that never goes back */
  constructor(evaluate: EvaluateRule, now: () => number = () => performance.now()) {
    this.#evaluate = evaluate;
    this.#now = now;
  }

  /** The verdict of a guard: that of the first of its rules that refuses. */
  async ask({ rules }: Guard, question: RuleQuestion & { readonly caller: Caller }): Promise<Verdict> {
    for (const rule of rules) {
      const verdict = await (rule.isPerRequest
        ? this.#evaluate(rule, question)
        : this.#askClass(rule, question));
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  #askClass(
    rule: GuardRule,
    question: RuleQuestion & { readonly caller: Caller },
  ): Verdict | Promise<Verdict> {
    const verdicts = this.#verdictsOf(classOf(question.caller));
    const known = verdicts.get(rule);
    if (known !== undefined && known.untilMs > this.#now()) return known.verdict;
    const asked = this.#evaluate(rule, question).then((verdict) => {
      const untilMs = verdict?.isFault === true ? this.#now() + FAULT_MS : Number.POSITIVE_INFINITY;
      verdicts.set(rule, { verdict, untilMs });
      return verdict;
    });
    // Whoever comes meanwhile waits for the same answer.
    verdicts.set(rule, { verdict: asked, untilMs: Number.POSITIVE_INFINITY });
    return asked;
  }

  #verdictsOf(callerClass: string): Map<GuardRule, Remembered> {
    let verdicts = this.#classes.get(callerClass);
    if (verdicts === undefined) {
      verdicts = new Map();
      this.#classes.set(callerClass, verdicts);
    }
    return verdicts;
  }
}
