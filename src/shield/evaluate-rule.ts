import type { GraphQLResolveInfo } from 'graphql';
import { CODES, type Code } from '../errors/codes.ts';
import { type KnownCaller, RuleFault, type RuleHost } from '../lib/rules.ts';
import { hasNegation } from './describe-rule.ts';
import type { GuardRule } from './guard.ts';

/** A refusal by one rule. */
export interface Denial {
  readonly code: Code;
  /** Which rule it was; for operators alone. */
  readonly rule: string;
  /** Whether the rule failed to answer, so that it may answer otherwise a moment later. */
  readonly isFault: boolean;
}

/** Undefined: allowed. */
export type Verdict = Denial | undefined;

/** Everything that a rule may look at. */
export interface RuleQuestion {
  readonly caller: KnownCaller;
  readonly args: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface RuleEvaluatorOptions {
  /** How long one rule may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly onFault: (ruleName: string, fault: Error) => void;
}

export type EvaluateRule = (rule: GuardRule, question: RuleQuestion) => Promise<Verdict>;

/** Codes that rules may give a refusal; anything else a rule says is FORBIDDEN. */
const RULE_CODES: ReadonlySet<unknown> = new Set<Code>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'PLAN_RESTRICTED',
  'BAD_USER_INPUT',
]);

/** graphql-shield hands these to rules that cache; ours do not. */
const SHIELD_OPTIONS = { debug: false, allowExternalErrors: true } as never;
const NO_INFO = undefined as unknown as GraphQLResolveInfo;

/**
 * Evaluates rules of graphql-shield as graphql-shield does: `true` allows, everything else refuses.
 *
 * A rule that fails refuses. Where `not` would turn a failure into a permission, the whole combination refuses.
 */
export function createRuleEvaluator({ timeoutMs, onFault }: RuleEvaluatorOptions): EvaluateRule {
  return async ({ rule, name }, { caller, args, variables }) => {
    let isFault = false;
    const host: RuleHost = {
      caller,
      variables,
      ruleTimeoutMs: timeoutMs,
      onRuleFault(ruleName, fault) {
        isFault = true;
        onFault(ruleName, fault);
      },
    };
    const answer = await rule.resolve(undefined as never, args, host as never, NO_INFO, SHIELD_OPTIONS);
    if (answer === true && !(isFault && hasNegation(rule))) return undefined;
    return { code: codeOf(answer), rule: name, isFault };
  };
}

function codeOf(answer: unknown): Code {
  if (!(answer instanceof Error) || answer instanceof RuleFault) return 'FORBIDDEN';
  const { code } = (answer as { extensions?: { code?: unknown } }).extensions ?? {};
  return RULE_CODES.has(code) && Object.hasOwn(CODES, code as string) ? (code as Code) : 'FORBIDDEN';
}
