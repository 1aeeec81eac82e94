import { type EnumValueDefinitionNode, Kind, parse } from 'graphql';
import { ConfigError } from '../errors/errors.ts';

/**
 * The routing URL of each subgraph, by name, as the supergraph itself says (`join__Graph`). A subgraph without a
 * URL has an empty one.
 *
 * @param name - how messages name the supergraph
 * @throws ConfigError SUPERGRAPH_INVALID when the text is no supergraph of Federation 2
 * @see https://specs.apollo.dev/join/v0.3/#@join__graph
 */
export function subgraphUrls(supergraphSdl: string, name: string): Readonly<Record<string, string>> {
  const urls = Object.fromEntries(joinGraphValues(supergraphSdl, name).flatMap(graphOf));
  if (Object.keys(urls).length > 0) return urls;
  throw new ConfigError(
    'SUPERGRAPH_INVALID',
    `${name} is no supergraph: it has no enum join__Graph that names subgraphs. Compose one with tributary compose.`,
  );
}

function joinGraphValues(supergraphSdl: string, name: string): readonly EnumValueDefinitionNode[] {
  try {
    const { definitions } = parse(supergraphSdl, { noLocation: true });
    return definitions.flatMap((definition) =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
        ? (definition.values ?? [])
        : [],
    );
  } catch (cause) {
    throw new ConfigError(
      'SUPERGRAPH_INVALID',
      `${name} is not valid SDL: ${(cause as Error).message}`,
      cause,
    );
  }
}

function graphOf({ directives }: EnumValueDefinitionNode): [string, string][] {
  const joinGraph = directives?.find((directive) => directive.name.value === 'join__graph');
  const argument = (key: string): string | undefined => {
    const value = joinGraph?.arguments?.find((candidate) => candidate.name.value === key)?.value;
    return value?.kind === Kind.STRING ? value.value : undefined;
  };
  const name = argument('name');
  return name === undefined ? [] : [[name, argument('url') ?? '']];
}
