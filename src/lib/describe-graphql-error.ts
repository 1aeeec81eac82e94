import type { GraphQLError } from 'graphql';

/** The message of an error of a document, with where in the document it is. */
export function describeGraphQLError({ message, locations }: GraphQLError): string {
  const [place] = locations ?? [];
  return place === undefined ? message : `${message} (line ${place.line}, column ${place.column})`;
}
