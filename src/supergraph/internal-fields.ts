import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';
import { isInternalUrl } from '../lib/internal-url.ts';

/** A field that the gateway answers itself. */
export interface InternalField {
  /** `Type.field`. */
  readonly coordinate: string;
  /** The subgraph, by its name. */
  readonly subgraph: string;
}

/**
 * Reads which fields of root types belong to subgraphs that are answered inside the gateway: they tell of the request
 * itself, so that no two requests may share their answers.
 *
 * @param document - the supergraph as it was composed
 * @see https://specs.apollo.dev/join/v0.3/#@join__field
 */
export function readInternalFields(document: DocumentNode): readonly InternalField[] {
  const internal = readInternalGraphs(document);
  if (internal.size === 0) return [];
  const roots = new Set(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.SCHEMA_DEFINITION
        ? definition.operationTypes.map(({ type }) => type.name.value)
        : [],
    ),
  );
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || !roots.has(definition.name.value)) return [];
    const ofType = graphsOf(definition.directives, 'join__type');
    return (definition.fields ?? []).flatMap((field): InternalField[] => {
      const ofField = graphsOf(field.directives, 'join__field');
      // A field that no directive places is of every subgraph that has its type.
      const graph = (ofField.length > 0 ? ofField : ofType).find((name) => internal.has(name));
      const subgraph = graph === undefined ? undefined : internal.get(graph);
      if (subgraph === undefined) return [];
      return [{ coordinate: `${definition.name.value}.${field.name.value}`, subgraph }];
    });
  });
}

/** Names of the subgraphs with internal URLs, by their value of `join__Graph`. */
function readInternalGraphs(document: DocumentNode): ReadonlyMap<string, string> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
        ? (definition.values ?? []).flatMap(({ name, directives = [] }): [string, string][] => {
            const graph = directives.find((directive) => directive.name.value === 'join__graph');
            const subgraph = graph === undefined ? undefined : argumentOf(graph, 'name');
            const url = graph === undefined ? undefined : argumentOf(graph, 'url');
            return subgraph !== undefined && isInternalUrl(url ?? '') ? [[name.value, subgraph]] : [];
          })
        : [],
    ),
  );
}

function graphsOf(directives: readonly ConstDirectiveNode[] = [], name: string): readonly string[] {
  return directives
    .filter((directive) => directive.name.value === name)
    .flatMap((directive) => argumentOf(directive, 'graph') ?? []);
}

function argumentOf({ arguments: args = [] }: ConstDirectiveNode, name: string): string | undefined {
  const value = args.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}
