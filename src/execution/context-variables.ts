import type { FetchDataRewrite } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import type { NodeCollector } from './collect-nodes.ts';
import { readOwn } from './own-property.ts';
import { type Position, type ResponseNode, TYPENAME_SLOT } from './response-tree.ts';
import { doesTypeConditionHold } from './type-conditions.ts';

type ContextRewrite = Extract<FetchDataRewrite, { kind: 'KeyRenamer' }>;

const FRAGMENT_STEP = '... on ';

/**
 * Reads the values that `@fromContext` arguments take from objects around an entity.
 *
 * A request has one value for each variable, so entities whose context differs go in requests of their own.
 */
export class ContextReader {
  readonly #rewrites: readonly ContextRewrite[];
  readonly #collector: NodeCollector;
  readonly #schema: GraphQLSchema;

  constructor(rewrites: readonly ContextRewrite[], collector: NodeCollector, schema: GraphQLSchema) {
    this.#rewrites = rewrites;
    this.#collector = collector;
    this.#schema = schema;
  }

  /** Groups nodes by the variables that their context gives, written as members of a JSON object. */
  group(root: ResponseNode, nodes: readonly ResponseNode[]): Map<string, ResponseNode[]> {
    const lineages = this.#collector.lineages(root);
    return Map.groupBy(nodes, (node) => this.#variables(lineages.get(node) ?? [node]));
  }

  #variables(lineage: readonly ResponseNode[]): string {
    const values = new Map<string, unknown>();
    for (const { path, renameKeyTo } of this.#rewrites) {
      if (values.has(renameKeyTo)) continue;
      const value = this.#read(path, lineage);
      if (value !== undefined) values.set(renameKeyTo, value);
    }
    return [...values].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  }

  /** Each `..` leads one field outwards; the rest leads from there to the value. */
  #read(path: readonly string[], lineage: readonly ResponseNode[]): unknown {
    const levels = path.findIndex((step) => step !== '..');
    const start = lineage.at(-1 - levels);
    let position: Position | undefined = this.#collector.position;
    for (let level = 0; level < levels; level += 1) position = position?.parent;
    let value: unknown = start;
    for (const step of path.slice(levels)) {
      if (typeof value !== 'object' || value === null) return undefined;
      if (step.startsWith(FRAGMENT_STEP)) {
        const typename = Array.isArray(value)
          ? value[TYPENAME_SLOT]
          : (value as { __typename?: unknown }).__typename;
        const condition = step.slice(FRAGMENT_STEP.length);
        if (typeof typename === 'string' && !doesTypeConditionHold(this.#schema, condition, typename))
          return undefined;
        continue;
      }
      if (position?.isNode === true) {
        const field = position.fields.get(step);
        value = field === undefined ? undefined : (value as ResponseNode)[field.slot];
        position = field?.child;
      } else value = readOwn(value as Readonly<Record<string, unknown>>, step);
    }
    return value;
  }
}
