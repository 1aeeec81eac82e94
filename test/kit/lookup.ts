import type { Lookup } from '../../src/batching/merge-lookups.ts';

/**
 * A look-up of tokens in the subgraph `price`.
 *
 * @param fields - what it selects of each
 * @param variables - members of a JSON object
 */
export function createLookup(
  ids: readonly string[],
  fields = 'price',
  variables = '',
  variableDefinitions: readonly string[] = [],
  directives = '',
): Lookup {
  const selection = `{...on Token{${fields}}}`;
  const definitions = ['$representations:[_Any!]!', ...variableDefinitions].join(' ');
  const query = `query(${definitions})${directives}{_entities(representations:$representations)${selection}}`;
  return {
    fetch: {
      id: 0,
      subgraph: 'price',
      operationKind: 'query',
      query,
      operationName: undefined,
      variableNames: [],
      audience: 'public',
      privateCoordinates: [],
      bodyPrefix: `{"query":${JSON.stringify(query)},"variables":{`,
      entities: {
        typeNames: ['Token'],
        selection,
        selectionByType: new Map(),
        variableDefinitions,
        directives,
      },
    },
    variables,
    representations: ids.map((id) => JSON.stringify({ __typename: 'Token', id })),
  };
}
