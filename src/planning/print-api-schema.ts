import { Supergraph } from '@apollo/federation-internals';
import { assertValidSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { plannerSupergraph } from '../supergraph/planner-supergraph.ts';

/**
 * What clients see of a supergraph, as SDL: without its internal parts and what is `@inaccessible`, in alphabetical
 * order. Loads the planner's model, which takes seconds for a large supergraph.
 *
 * @param supergraphSdl - as it was composed
 * @throws Error when it is no supergraph that can be planned and served
 */
export function printApiSchema(supergraphSdl: string): string {
  return printApiSchemaOf(Supergraph.build(plannerSupergraph(supergraphSdl).sdl));
}

/** The same, of a supergraph that is loaded. */
export function printApiSchemaOf(supergraph: Supergraph): string {
  const schema = supergraph.apiSchema().toGraphQLJSSchema();
  // Whoever serves the text takes its validity for granted.
  assertValidSchema(schema);
  return printSchema(lexicographicSortSchema(schema));
}
