import type { QueryPlan } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Fetcher, PlannedFetch } from './planned-fetch.ts';
import type { RawResult } from './shape-result.ts';

export interface OperationSource {
  /** As the planner made it; plain data, so it may come from another thread. */
  readonly plan: QueryPlan;
  /** The document that was planned, with private aliases if `aliasConflictingFields` gave some. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  /** The whole supergraph, inaccessible elements included. */
  readonly supergraphSchema: GraphQLSchema;
  /** The client's response name of each private alias. */
  readonly responseNames?: ReadonlyMap<string, string>;
}

/** The values of one request. */
export interface RunRequest {
  /** As the client sent them; validated, defaults not filled in. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly fetcher: Fetcher;
}

/** An operation that is ready to run any number of times, concurrently. */
export interface CompiledOperation {
  /** Every fetch that the plan may make, by id. */
  readonly fetches: readonly PlannedFetch[];
  /**
   * Runs the operation once. Failures of fetches become errors at the paths of the fields that are missing; they
   * are never thrown.
   *
   * @returns data and errors in the client's form: errors are located, coded and public
   */
  run(request: RunRequest): Promise<RawResult>;
}
