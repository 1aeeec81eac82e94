import { GraphQLError } from 'graphql';
import { allow, type and, deny, rule as shieldRule } from './graphql-shield.ts';

export { allow, and, chain, deny, not, or, race } from './graphql-shield.ts';

/**
 * What authors of rules import: graphql-shield's combinators, its `rule` with marks, and the rules that most maps
 * need. `schema/rules.ts`, the gateway and the subgraphs share this one module.
 */

/** A rule of graphql-shield, simple or combined. */
export type AnyRule = Parameters<typeof and>[number];
/** What {@link rule} makes. */
export type SimpleRule = ReturnType<ReturnType<typeof shieldRule>>;

/** What a rule may look at. */
export type RuleInput =
  /** Whether the caller is known: `caller.isAuthenticated`. */
  | 'authenticated'
  | 'tier'
  | 'scopes'
  /** Whether the caller acts for a user, not for whom: `caller.hasUser`. */
  | 'hasUser'
  | 'userId'
  | 'accountId'
  | 'arguments'
  /** The variables of the client's operation, coerced; subgraphs do not have them. */
  | 'variables';

/** Who is calling, as rules see it: what the rule did not say that it reads, throws when it is read. */
export interface RuleCaller {
  readonly isAuthenticated: boolean;
  readonly tier: string;
  readonly scopes: ReadonlySet<string>;
  readonly hasUser: boolean;
  readonly userId: string | undefined;
  readonly accountId: string | undefined;
}

/** The context of a rule. */
export interface RuleContext {
  readonly caller: RuleCaller;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The caller as gateway and subgraphs know it. */
export interface KnownCaller {
  readonly tier: string;
  readonly scopes: ReadonlySet<string>;
  readonly userId?: string;
  readonly accountId?: string;
}

/** What evaluates rules: the gateway before it plans, graphql-shield in a subgraph. */
export interface RuleHost {
  readonly caller: KnownCaller;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** How long a rule may take, in milliseconds; {@link DEFAULT_RULE_TIMEOUT_MS} where a host does not say. */
  readonly ruleTimeoutMs?: number;
  /** Told when a rule throws, takes too long, or answers something that is no answer. */
  readonly onRuleFault?: (ruleName: string, fault: Error) => void;
}

export type RuleAnswer = boolean | string | Error;

/**
 * Says whether a field may be seen: `true`, `false`, or an Error whose `extensions.code` the caller is told.
 *
 * @param parent - the object that the field is of; undefined in a static rule
 * @param args - the field's arguments, coerced
 * @param context - a RuleContext in a static rule; in a data rule the context of the subgraph's resolvers
 */
export type RuleFunction<Parent = undefined, Context = RuleContext> = (
  parent: Parent,
  // biome-ignore lint/suspicious/noExplicitAny: as graphql-shield has it; each field has arguments of its own
  args: any,
  context: Context,
) => RuleAnswer | Promise<RuleAnswer>;

/** How a rule is marked. */
export interface RuleMarks {
  /**
   * `static`: caller, arguments and variables are enough, so the gateway refuses before it plans. `data`: the rule
   * looks at the object, so only the subgraph that has it can tell.
   */
  readonly kind?: 'static' | 'data';
  /**
   * What a static rule reads; without it, anything. A verdict that depends on neither `userId`, `accountId`,
   * `arguments` nor `variables` is remembered for all callers of equal tier and scopes.
   */
  readonly reads?: readonly RuleInput[];
  /** Scopes that the rule asks for, so that a subgraph is told of them; without it a rule that reads scopes gets all. */
  readonly scopes?: readonly string[];
  /** Rules that hold wherever this one does. */
  readonly implies?: readonly AnyRule[];
}

export const DEFAULT_RULE_TIMEOUT_MS = 50;

const marks = new WeakMap<object, RuleMarks & { readonly name: string }>();

/** The marks of a rule that {@link rule} made; undefined for a rule made elsewhere and for combinations. */
export function marksOf(of: AnyRule): (RuleMarks & { readonly name: string }) | undefined {
  return marks.get(of);
}

/**
 * graphql-shield's `rule`, with marks: `rule('isPro', { kind: 'static', reads: ['tier'] })((_parent, _args,
 * { caller }) => caller.tier === 'PRO')`.
 *
 * A rule that throws, takes longer than its host allows, or answers neither a boolean, a string nor an Error,
 * refuses, and its host is told. Nothing is remembered by graphql-shield: its cache outlives revocations.
 */
export function rule(
  name: string,
  ruleMarks: RuleMarks = {},
): <Parent = undefined, Context = RuleContext>(answer: RuleFunction<Parent, Context>) => SimpleRule {
  const readable = ruleMarks.reads && new Set(ruleMarks.reads);
  const mayRead = (input: RuleInput) => readable?.has(input) ?? true;
  return (answer) => {
    const ask = answer as RuleFunction<unknown, unknown>;
    const made = shieldRule(name, { cache: 'no_cache' })((parent, args, host: RuleHost) =>
      answerOrFault(name, host, () =>
        ruleMarks.kind === 'data'
          ? ask(parent, args, host)
          : ask(
              undefined,
              mayRead('arguments') ? args : undefined,
              new RestrictedContext(name, host, mayRead),
            ),
      ),
    );
    marks.set(made, { ...ruleMarks, name });
    return made;
  };
}

/** What a faulty rule answers: a refusal, whatever stands around it. */
export class RuleFault extends Error {
  override readonly name = 'RuleFault';
}

async function answerOrFault(
  name: string,
  { ruleTimeoutMs, onRuleFault }: RuleHost,
  ask: () => RuleAnswer | Promise<RuleAnswer>,
): Promise<RuleAnswer> {
  try {
    const given = ask();
    const answered =
      typeof given === 'object' && 'then' in given ? await inTime(given, ruleTimeoutMs) : given;
    if (typeof answered === 'boolean' || typeof answered === 'string' || answered instanceof Error)
      return answered;
    throw new TypeError(`it answered ${String(answered)}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const fault = new RuleFault(`The rule "${name}" failed: ${reason}.`, { cause });
    onRuleFault?.(name, fault);
    return fault;
  }
}

async function inTime<Value>(
  promise: Promise<Value>,
  timeoutMs: number = DEFAULT_RULE_TIMEOUT_MS,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The caller and the variables, limited to what the rule says that it reads. The limit is what makes it safe to
 * remember a verdict for all callers who are alike in what was read.
 */
class RestrictedContext implements RuleContext, RuleCaller {
  readonly #ruleName: string;
  readonly #host: RuleHost;
  readonly #mayRead: (input: RuleInput) => boolean;

  constructor(ruleName: string, host: RuleHost, mayRead: (input: RuleInput) => boolean) {
    this.#ruleName = ruleName;
    this.#host = host;
    this.#mayRead = mayRead;
  }

  get caller(): RuleCaller {
    return this;
  }
  get variables(): Readonly<Record<string, unknown>> {
    this.#check('variables');
    return this.#host.variables ?? {};
  }
  get isAuthenticated(): boolean {
    this.#check('authenticated', 'tier');
    return this.#host.caller.tier !== 'ANONYMOUS';
  }
  get tier(): string {
    this.#check('tier');
    return this.#host.caller.tier;
  }
  get scopes(): ReadonlySet<string> {
    this.#check('scopes');
    return this.#host.caller.scopes;
  }
  get hasUser(): boolean {
    this.#check('hasUser', 'userId');
    return this.#host.caller.userId !== undefined;
  }
  get userId(): string | undefined {
    this.#check('userId');
    return this.#host.caller.userId;
  }
  get accountId(): string | undefined {
    this.#check('accountId');
    return this.#host.caller.accountId;
  }

  #check(...inputs: readonly RuleInput[]): void {
    if (inputs.some((input) => this.#mayRead(input))) return;
    throw new TypeError(`it reads "${inputs[0]}", which its "reads" do not name (rule "${this.#ruleName}")`);
  }
}

/** An error that says that a field needs a known caller. */
function unauthenticated(): GraphQLError {
  return new GraphQLError('This field needs valid credentials.', { extensions: { code: 'UNAUTHENTICATED' } });
}

/** An error that says that the caller is known and may not see the field. */
function forbidden(): GraphQLError {
  return new GraphQLError('The caller may not see this field.', { extensions: { code: 'FORBIDDEN' } });
}

/** The caller is known: what `@authenticated` asks for. */
export const isAuthenticated = rule('isAuthenticated', { kind: 'static', reads: ['authenticated'] })(
  (_parent, _args, { caller }) => caller.isAuthenticated || unauthenticated(),
);

/** The caller acts for a user. */
export const hasUser = rule('hasUser', {
  kind: 'static',
  reads: ['authenticated', 'hasUser'],
  implies: [isAuthenticated],
})((_parent, _args, { caller }) => {
  if (!caller.isAuthenticated) return unauthenticated();
  return caller.hasUser || forbidden();
});

const scopeRules = new Map<string, SimpleRule>();

/**
 * The caller is known and holds one of the sets of scopes in full: what `@requiresScopes` asks for. Equal arguments
 * give the same rule.
 */
export function hasScopes(...sets: readonly (string | readonly string[])[]): SimpleRule {
  const alternatives = sets.map((set) => (typeof set === 'string' ? [set] : [...set]));
  const name = `hasScopes(${alternatives.map((set) => set.join('+')).join(' | ')})`;
  const known = scopeRules.get(name);
  if (known !== undefined) return known;
  const made = rule(name, {
    kind: 'static',
    reads: ['authenticated', 'scopes'],
    scopes: alternatives.flat(),
    implies: [isAuthenticated],
  })((_parent, _args, { caller }) => {
    if (!caller.isAuthenticated) return unauthenticated();
    return alternatives.some((set) => set.every((scope) => caller.scopes.has(scope))) || forbidden();
  });
  scopeRules.set(name, made);
  scopeAlternatives.set(made, alternatives);
  return made;
}

const scopeAlternatives = new WeakMap<object, readonly (readonly string[])[]>();

/** The alternatives of a rule that {@link hasScopes} made. */
export function scopeAlternativesOf(of: AnyRule): readonly (readonly string[])[] | undefined {
  return scopeAlternatives.get(of);
}

/** Rules by type and field; `'*'` holds for the fields of a type that are not named. */
export type RuleMap = Readonly<Record<string, AnyRule | Readonly<Record<string, AnyRule>>>>;

/** The parts of a combined rule; empty for a simple one, and for `allow` and `deny`. */
export function partsOf(of: AnyRule): readonly AnyRule[] {
  return 'getRules' in of ? of.getRules() : [];
}

/** The simple rules of a rule, each once. */
export function leavesOf(of: AnyRule): readonly AnyRule[] {
  const parts = partsOf(of);
  return parts.length === 0 ? [of] : [...new Set(parts.flatMap(leavesOf))];
}

/** Whether nothing but certain inputs can decide what a rule says. */
export function readsOnly(of: AnyRule, inputs: ReadonlySet<RuleInput>): boolean {
  return leavesOf(of).every((leaf) => {
    if (leaf === allow || leaf === deny) return true;
    return marksOf(leaf)?.reads?.every((input) => inputs.has(input)) ?? false;
  });
}

/** Whether a value is a rule of graphql-shield. */
export function isRule(value: unknown): value is AnyRule {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resolve' in value &&
    typeof (value as { resolve: unknown }).resolve === 'function' &&
    ('getRules' in value || 'extractFragment' in value)
  );
}
