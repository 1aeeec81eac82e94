import { type FieldNode, type GraphQLSchema, type OperationDefinitionNode, print } from 'graphql';
import { getArgumentValues, getVariableValues } from 'graphql/execution/values.js';
import type { Caller, PreparedOperation } from '../context.ts';
import { classOf } from './caller-class.ts';
import type { CompiledRules } from './compile-rules.ts';
import type { Denial, EvaluateRule, Verdict } from './evaluate-rule.ts';
import { narrowCaller, neededScopes } from './needed-scopes.ts';
import { findGuards, type GuardedField, type OperationGuards } from './operation-guards.ts';
import type { PermittedOperation, RefusedField } from './permitted-operation.ts';
import { type PrunedDocument, pruneDocument } from './prune-document.ts';
import { VerdictMemory } from './verdict-memory.ts';

/** Says what of an operation its caller may run. At once where the answer is known, which is nearly always. */
export type PermitOperation = (
  operation: PreparedOperation,
  caller: Caller,
) => PermittedOperation | Promise<PermittedOperation>;

/** The step of the pipeline, and what follows from the same guards. */
export interface OperationPermits {
  readonly permit: PermitOperation;
  /** The caller as subgraphs are told of: with no more scopes than the operation's guards ask about. */
  readonly narrow: (operation: PermittedOperation, caller: Caller) => Caller;
}

export interface PermitOperationOptions {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly rules: CompiledRules;
  readonly evaluate: EvaluateRule;
}

/** Classes of callers, and sets of refused fields, that are remembered for one operation. */
const REMEMBERED = 64;

/** An operation without the fields of one set of refusals, whoever is refused them. */
interface PrunedOperation extends PrunedDocument {
  readonly text: string;
}

/** What is known of one operation as long as its document is kept. */
interface OperationAccess extends OperationGuards {
  /** By class of callers, scopes that no guard asks about left out. */
  readonly outcomes: Map<string, Outcome>;
  /** By the set of refused fields: callers who are refused the same share document, plan and compiled entry. */
  readonly pruned: Map<string, PrunedOperation>;
  /** The scopes that its guards ask about; undefined: any. */
  readonly needed: ReadonlySet<string> | undefined;
  /** Callers with the scopes that this operation needs; one object each, by which their tokens are found again. */
  readonly narrowed: WeakMap<Caller, Caller>;
}

/** Undefined: the whole operation is permitted. */
type Outcome = Omit<PermittedOperation, 'variables'> | undefined;

/** What is refused, by coordinate for a class of callers, by field and type where a rule looks at the request. */
interface Denials {
  readonly byCoordinate: ReadonlyMap<string, Denial>;
  readonly byField: ReadonlyMap<GuardedField, Denial>;
}

/**
 * Makes the step that evaluates rules before anything is planned.
 *
 * An operation without guarded fields passes at once. Otherwise the outcome is remembered by the class of its caller,
 * unless a rule looks at more than that.
 */
export function createOperationPermits(options: PermitOperationOptions): OperationPermits {
  const permits = new Permits(options);
  return {
    permit: (operation, caller) => permits.permit(operation, caller),
    narrow: (operation, caller) => permits.narrow(operation, caller),
  };
}

class Permits {
  readonly #schema: GraphQLSchema;
  readonly #rules: CompiledRules;
  readonly #memory: VerdictMemory;
  readonly #known = new WeakMap<OperationDefinitionNode, OperationAccess>();

  constructor({ schema, rules, evaluate }: PermitOperationOptions) {
    this.#schema = schema;
    this.#rules = rules;
    this.#memory = new VerdictMemory(evaluate);
  }

  permit(operation: PreparedOperation, caller: Caller): PermittedOperation | Promise<PermittedOperation> {
    const access = this.#accessOf(operation);
    const { byClass, byRequest, outcomes } = access;
    if (byRequest.length === 0) {
      if (byClass.length === 0) return operation;
      const callerClass = classOf(narrowedTo(access, caller));
      const outcome = outcomes.get(callerClass);
      if (outcome !== undefined || outcomes.has(callerClass)) return withVariables(operation, outcome);
    }
    return this.#decide(operation, access, caller);
  }

  narrow({ refusals, document, operation }: PermittedOperation, caller: Caller): Caller {
    return narrowedTo(this.#accessOf(refusals?.asked ?? { document, operation }), caller);
  }

  #accessOf({ document, operation }: Pick<PreparedOperation, 'document' | 'operation'>): OperationAccess {
    let access = this.#known.get(operation);
    if (access === undefined) {
      const guards = findGuards(document, operation, this.#schema, this.#rules);
      const needed = neededScopes([...guards.byClass, ...guards.byRequest.map(({ guard }) => guard)]);
      access = { ...guards, needed, outcomes: new Map(), pruned: new Map(), narrowed: new WeakMap() };
      this.#known.set(operation, access);
    }
    return access;
  }

  async #decide(
    operation: PreparedOperation,
    access: OperationAccess,
    caller: Caller,
  ): Promise<PermittedOperation> {
    const narrowed = narrowedTo(access, caller);
    const [byCoordinate, byField] = await Promise.all([
      this.#askClass(access, narrowed),
      this.#askRequest(access, operation, caller),
    ]);
    const outcome = this.#outcomeOf(operation, access, { byCoordinate, byField });
    const mayRemember =
      access.byRequest.length === 0 && [...byCoordinate.values()].every(({ isFault }) => !isFault);
    if (mayRemember) remember(access.outcomes, classOf(narrowed), outcome);
    return withVariables(operation, outcome);
  }

  async #askClass({ byClass }: OperationAccess, caller: Caller): Promise<Map<string, Denial>> {
    const question = { caller, args: {}, variables: {} };
    const verdicts = await Promise.all(
      byClass.map(async (guard) => [guard.coordinate, await this.#memory.ask(guard, question)] as const),
    );
    return deniedOf(verdicts);
  }

  async #askRequest(
    { byRequest }: OperationAccess,
    { operation, variables: given }: PreparedOperation,
    caller: Caller,
  ): Promise<Map<GuardedField, Denial>> {
    if (byRequest.length === 0) return new Map();
    const definitions = operation.variableDefinitions ?? [];
    const { coerced: variables = {} } = getVariableValues(this.#schema, definitions, given);
    const ask = async (guarded: GuardedField) => {
      const args = argumentsOf(guarded, variables);
      const verdict =
        args === undefined
          ? BAD_ARGUMENTS
          : await this.#memory.ask(guarded.guard, { caller, args, variables });
      return [guarded, verdict] as const;
    };
    return deniedOf(await Promise.all(byRequest.map(ask)));
  }

  #outcomeOf(operation: PreparedOperation, access: OperationAccess, denials: Denials): Outcome {
    const { byCoordinate, byField } = denials;
    if (byCoordinate.size === 0 && byField.size === 0) return undefined;
    const ofRequest = new Map<FieldNode, Map<string, Denial>>();
    for (const [{ field, type }, denial] of byField) {
      ofRequest.set(field, (ofRequest.get(field) ?? new Map<string, Denial>()).set(type.name, denial));
    }
    const denialOf = (typeName: string, field: FieldNode): Denial | undefined =>
      ofRequest.get(field)?.get(typeName) ?? byCoordinate.get(`${typeName}.${field.name.value}`);
    const { document, type, name } = operation;
    const pruned = this.#prune(operation, access, denials, denialOf);
    return {
      text: pruned.text,
      document: pruned.document,
      operation: pruned.operation,
      type,
      name,
      refusals: {
        asked: { document, operation: operation.operation },
        denialOf,
        fields: refusedFields(denials),
        touched: pruned.touched,
        typenameKey: pruned.typenameKey,
      },
    };
  }

  #prune(
    { document, operation }: PreparedOperation,
    { byRequest, pruned }: OperationAccess,
    { byCoordinate, byField }: Denials,
    denialOf: (typeName: string, field: FieldNode) => Denial | undefined,
  ): PrunedOperation {
    const refusedIndexes = byRequest.flatMap((guarded, index) => (byField.has(guarded) ? [index] : []));
    const key = [...[...byCoordinate.keys()].sort(), ...refusedIndexes].join(' ');
    const known = pruned.get(key);
    if (known !== undefined) return known;
    const made = pruneDocument(
      document,
      operation,
      this.#schema,
      (typeName, field) => denialOf(typeName, field) !== undefined,
    );
    const entry = { ...made, text: print(made.document) };
    remember(pruned, key, entry);
    return entry;
  }
}

/** A caller as far as the guards of an operation can tell: with no other scopes than those that they ask about. */
function narrowedTo({ needed, narrowed }: OperationAccess, caller: Caller): Caller {
  let known = narrowed.get(caller);
  if (known === undefined) {
    known = narrowCaller(caller, needed);
    narrowed.set(caller, known);
  }
  return known;
}

/** What arguments that cannot be coerced come to: the field would fail, so its rule is not asked. */
const BAD_ARGUMENTS: Denial = { code: 'BAD_USER_INPUT', rule: 'arguments', isFault: false };

/** The coerced arguments of a field; undefined when they do not fit. */
function argumentsOf(
  { type, field }: GuardedField,
  variables: Record<string, unknown>,
): Readonly<Record<string, unknown>> | undefined {
  const definition = type.getFields()[field.name.value];
  try {
    return definition === undefined ? {} : getArgumentValues(definition, field, variables);
  } catch {
    return undefined;
  }
}

function deniedOf<Key>(verdicts: readonly (readonly [Key, Verdict])[]): Map<Key, Denial> {
  return new Map(
    verdicts.flatMap(([key, verdict]) => (verdict === undefined ? [] : [[key, verdict] as const])),
  );
}

function refusedFields({ byCoordinate, byField }: Denials): readonly RefusedField[] {
  const denials = new Map(byCoordinate);
  for (const [{ guard }, denial] of byField) denials.set(guard.coordinate, denial);
  return [...denials].map(([coordinate, { code, rule }]) => ({ coordinate, code, rule }));
}

function withVariables(operation: PreparedOperation, outcome: Outcome): PermittedOperation {
  return outcome === undefined ? operation : { ...outcome, variables: operation.variables };
}

/** Keeps an entry; a map that is full starts anew, which costs some work and never memory. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= REMEMBERED) map.clear();
  map.set(key, value);
}
