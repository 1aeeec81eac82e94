import { buildSubgraphSchema } from '@apollo/subgraph';
import { type FieldNode, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql';
import {
  argumentsOf,
  type CannedObject,
  collectFields,
  fragmentsOf,
  type SelectionContext,
  selectFields,
} from './select-fields.ts';

/** A representation as a gateway sends it. */
export type Representation = Readonly<Record<string, unknown>> & { readonly __typename: string };

/** How a canned subgraph finds an entity. */
export interface CannedEntity {
  /**
   * All of the representation that the answer depends on, as text: the key, and the values of `@requires`. Throws
   * when something is missing, so that a gateway that forgets a required field does not pass.
   */
  readonly key: (representation: Representation) => string;
  readonly find: (representation: Representation) => CannedObject;
}

/** A subgraph over data in memory. */
export interface CannedSubgraph {
  readonly name: string;
  /** Without the Federation link, which is put in front. */
  readonly sdl: string;
  /** The fields of `Query`. */
  readonly root: CannedObject;
  readonly entities: Readonly<Record<string, CannedEntity>>;
}

/** What a subgraph was asked since its counters were reset. */
export interface CallCounters {
  calls: number;
  representations: number;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@shareable", "@external", "@requires", "@provides"])
`;

/** The SDL as composition takes it; one that links Federation itself stays as it is. */
export function subgraphSdl({ sdl }: Pick<CannedSubgraph, 'sdl'>): string {
  return sdl.includes('specs.apollo.dev/federation') ? sdl : LINK + sdl;
}

/** A root field of a query that a gateway sends, ready to be answered. */
type RootPart = (variables: SelectionContext['variables'], counters: CallCounters) => string;

/** Distinct query texts kept; the workload of distinct documents has more, and pays for them here, not in the gateway. */
const QUERY_LIMIT = 2_000;
/** Answers kept for each root field of a query. */
const PIECE_LIMIT = 50_000;

/**
 * Makes the function that answers request bodies of one subgraph with as little work as possible: a query text is
 * parsed and validated when it is first seen, a piece of JSON is made when an entity is first asked for, and
 * everything after that is putting pieces together.
 */
export function createCannedResponder(
  subgraph: CannedSubgraph,
  counters: CallCounters,
): (body: string) => string {
  const schema = buildSubgraphSchema(parse(subgraphSdl(subgraph)));
  const queries = new Map<string, readonly RootPart[]>();

  return (body) => {
    const { query, variables = {} } = JSON.parse(body) as {
      query: string;
      variables?: Record<string, unknown>;
    };
    let parts = queries.get(query);
    if (parts === undefined) {
      parts = readQuery(query, subgraph, schema);
      if (queries.size >= QUERY_LIMIT) queries.clear();
      queries.set(query, parts);
    }
    counters.calls += 1;
    return `{"data":{${parts.map((part) => part(variables, counters)).join()}}}`;
  };
}

function readQuery(query: string, subgraph: CannedSubgraph, schema: GraphQLSchema): readonly RootPart[] {
  const document = parse(query);
  const [fault] = validate(schema, document);
  if (fault !== undefined) throw fault;
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('one operation was expected');
  const fragments = fragmentsOf(document);
  const fields = collectFields('Query', operation.selectionSet.selections, { fragments, variables: {} });
  return [...fields.values()].map(([field]) =>
    field.name.value === '_entities'
      ? entitiesPart(field, subgraph, fragments)
      : rootPart(field, subgraph, fragments),
  );
}

function rootPart(
  field: FieldNode,
  { root }: CannedSubgraph,
  fragments: SelectionContext['fragments'],
): RootPart {
  const pieces = new Map<string, string>();
  return (variables) => {
    const key = JSON.stringify(argumentsOf(field, variables));
    return remember(pieces, key, () =>
      JSON.stringify(selectFields(root, [field], { fragments, variables })).slice(1, -1),
    );
  };
}

function entitiesPart(
  field: FieldNode,
  { entities, name }: CannedSubgraph,
  fragments: SelectionContext['fragments'],
): RootPart {
  const pieces = new Map<string, string>();
  const selections = field.selectionSet?.selections ?? [];
  const responseName = JSON.stringify((field.alias ?? field.name).value);
  return (variables, counters) => {
    const representations = argumentsOf(field, variables).representations as readonly Representation[];
    counters.representations += representations.length;
    const list = representations.map((representation) => {
      const entity = entities[representation.__typename];
      if (entity === undefined) throw new Error(`${name} has no entity ${representation.__typename}`);
      return remember(pieces, `${representation.__typename} ${entity.key(representation)}`, () =>
        JSON.stringify(selectFields(entity.find(representation), selections, { fragments, variables })),
      );
    });
    return `${responseName}:[${list.join()}]`;
  };
}

function remember(pieces: Map<string, string>, key: string, make: () => string): string {
  let piece = pieces.get(key);
  if (piece === undefined) {
    piece = make();
    if (pieces.size >= PIECE_LIMIT) pieces.clear();
    pieces.set(key, piece);
  }
  return piece;
}
