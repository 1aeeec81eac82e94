import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { getVariableValues } from 'graphql/execution/values.js';
import type { GraphQLErrorEntry } from '../context.ts';
import { CODES } from '../errors/codes.ts';
import { fragmentsOf } from '../lib/fragments-of.ts';
import type { Denial } from './evaluate-rule.ts';
import type { PermittedOperation, Refusals } from './permitted-operation.ts';

/** The result of a pruned operation. */
interface Result {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly object[] | undefined;
}

/** Errors beyond this many are not made; the answer lists far fewer. */
const ERROR_LIMIT = 10_000;
/** What a refused non-null field makes of the object around it. */
const BUBBLE: unique symbol = Symbol('bubble');

/** What callers are told: that they may not, not why. */
const MESSAGES: Partial<Record<Denial['code'], string>> = {
  UNAUTHENTICATED: 'This field needs valid credentials.',
  FORBIDDEN: 'The caller may not see this field.',
};

/**
 * Makes the result of a pruned operation that of the asked one: null and an error at the path of each refused field,
 * bubbling by nullability, as if each field had been refused by its resolver.
 *
 * Fields come out in the order of the asked operation; what pruning added is left out. Parts below which nothing was
 * cut are taken over as they are.
 *
 * @see https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
 */
export function nullRefused<Given extends Result>(
  result: Given,
  { refusals, variables }: PermittedOperation,
  schema: GraphQLSchema,
): Given {
  if (refusals === undefined || result.data === null || result.data === undefined) return result;
  const walk = new RefusalWalk(refusals, variables, schema);
  const data = walk.root(result.data);
  return { ...result, data, errors: [...(result.errors ?? []), ...walk.errors] };
}

type Fields = ReadonlyMap<string, readonly FieldNode[]>;

class RefusalWalk {
  readonly errors: GraphQLErrorEntry[] = [];
  readonly #refusals: Refusals;
  readonly #schema: GraphQLSchema;
  readonly #fragments: Record<string, FragmentDefinitionNode>;
  readonly #variables: Record<string, unknown>;
  /** The fields of each place by the type of the object there: collected once, whatever the length of a list. */
  readonly #subfields = new Map<readonly FieldNode[], Map<string, Fields>>();
  readonly #path: (string | number)[] = [];

  constructor(refusals: Refusals, variables: PermittedOperation['variables'], schema: GraphQLSchema) {
    const { document, operation } = refusals.asked;
    this.#refusals = refusals;
    this.#schema = schema;
    this.#fragments = Object.fromEntries(fragmentsOf(document));
    const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    this.#variables = coerced;
  }

  root(data: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
    const { operation } = this.#refusals.asked;
    const type = this.#schema.getRootType(operation.operation) as GraphQLObjectType;
    const fields = collectFields(
      this.#schema,
      this.#fragments,
      this.#variables,
      type,
      operation.selectionSet,
    );
    const completed = this.#object(type, fields, data, 0);
    return completed === BUBBLE ? null : completed;
  }

  #object(
    type: GraphQLObjectType,
    fields: Fields,
    object: Readonly<Record<string, unknown>>,
    depth: number,
  ): Record<string, unknown> | typeof BUBBLE {
    const entries: [string, unknown][] = [];
    for (const [responseName, nodes] of fields) {
      const completed = this.#field(type, responseName, nodes, object, depth);
      if (completed === BUBBLE) return BUBBLE;
      if (completed !== undefined) entries.push([responseName, completed]);
    }
    // Names are data: `__proto__` is an own property here, as it is after JSON.parse.
    return Object.fromEntries(entries);
  }

  #field(
    type: GraphQLObjectType,
    responseName: string,
    nodes: readonly FieldNode[],
    object: Readonly<Record<string, unknown>>,
    depth: number,
  ): unknown {
    const [node] = nodes as [FieldNode];
    const fieldType = type.getFields()[node.name.value]?.type;
    const value = Object.hasOwn(object, responseName) ? object[responseName] : undefined;
    if (fieldType === undefined) return value;
    this.#path[depth] = responseName;
    const denial = this.#refusals.denialOf(type.name, node);
    if (denial !== undefined) {
      this.#refuse(denial, depth + 1);
      return isNonNullType(fieldType) ? BUBBLE : null;
    }
    if (!nodes.some((candidate) => this.#refusals.touched.has(candidate))) return value;
    return this.#value(fieldType, nodes, value, depth + 1);
  }

  #value(type: GraphQLOutputType, nodes: readonly FieldNode[], value: unknown, depth: number): unknown {
    if (value === null || value === undefined) return value;
    const nullable = isNonNullType(type) ? type.ofType : type;
    const completed = this.#nullable(nullable, nodes, value, depth);
    return completed === BUBBLE && !isNonNullType(type) ? null : completed;
  }

  #nullable(
    type: Exclude<GraphQLOutputType, { readonly ofType: unknown }> | GraphQLOutputType,
    nodes: readonly FieldNode[],
    value: unknown,
    depth: number,
  ): unknown {
    if (isListType(type)) {
      const items: unknown[] = [];
      for (const [index, item] of (value as readonly unknown[]).entries()) {
        this.#path[depth] = index;
        const completed = this.#value(type.ofType, nodes, item, depth + 1);
        if (completed === BUBBLE) return BUBBLE;
        items.push(completed);
      }
      return items;
    }
    if (isLeafType(type)) return value;
    const object = value as Readonly<Record<string, unknown>>;
    const runtime = isAbstractType(type)
      ? this.#schema.getType(String(object[this.#refusals.typenameKey]))
      : type;
    // Without a known type nothing can be said of the object; composition and both engines see to it that there is one.
    if (!isObjectType(runtime)) return null;
    return this.#object(runtime, this.#subfieldsOf(nodes, runtime), object, depth);
  }

  #subfieldsOf(nodes: readonly FieldNode[], type: GraphQLObjectType): Fields {
    let byType = this.#subfields.get(nodes);
    if (byType === undefined) {
      byType = new Map();
      this.#subfields.set(nodes, byType);
    }
    let fields = byType.get(type.name);
    if (fields === undefined) {
      fields = collectSubfields(this.#schema, this.#fragments, this.#variables, type, nodes);
      byType.set(type.name, fields);
    }
    return fields;
  }

  #refuse({ code }: Denial, length: number): void {
    if (this.errors.length >= ERROR_LIMIT) return;
    this.errors.push({
      message: MESSAGES[code] ?? CODES[code].message,
      path: this.#path.slice(0, length),
      extensions: { code },
    });
  }
}
