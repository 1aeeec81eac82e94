import { operationFromDocument, type Schema, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import { plannerSupergraph } from '../supergraph/planner-supergraph.ts';
import { sortJoinTypes } from '../supergraph/sort-join-types.ts';
import { printApiSchemaOf } from './print-api-schema.ts';

/** Plans operations of one supergraph. Pure: no I/O, no clock. */
export interface OperationPlanner {
  /** What clients see, as SDL. @throws Error when it cannot be served */
  printApiSchema(): string;
  /**
   * @param document - valid against the API schema; private aliases may have been put in
   * @returns plain data
   */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan;
}

/**
 * Loads a supergraph for planning.
 *
 * @param supergraphSdl - as it was composed
 * @throws GraphQLError when it is no supergraph that the planner can serve
 */
export function createOperationPlanner(supergraphSdl: string): OperationPlanner {
  const supergraph = Supergraph.build(sortJoinTypes(plannerSupergraph(supergraphSdl).sdl));
  const apiSchema: Schema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  return {
    printApiSchema: () => printApiSchemaOf(supergraph),
    plan(document, operationName) {
      const operation = operationFromDocument(apiSchema, document, {
        // The gateway has validated it against this very schema.
        validate: false,
        ...(operationName === undefined ? {} : { operationName }),
      });
      return planner.buildQueryPlan(operation);
    },
  };
}
