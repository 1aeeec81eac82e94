import { type ASTNode, type DocumentNode, getLocation } from 'graphql';
import type { CompositionRemark } from './composition-outcome.ts';
import { coordinateAt } from './coordinate-at.ts';

/** What an error and a hint of `@apollo/composition` have in common. */
export interface CompositionNotice {
  readonly code: string;
  readonly message: string;
  readonly coordinate?: string | undefined;
  /** Nodes of the subgraphs' documents; those of composition carry the name of their subgraph. */
  readonly nodes?: readonly (ASTNode & { readonly subgraph?: string })[] | undefined;
}

const COORDINATE_IN_TEXT = /"(@?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?(?:\([A-Za-z_]\w*:\))?)"/g;
const SUBGRAPHS_IN_TEXT = /subgraphs? ("[^"]+"(?:(?:,| and|, and) "[^"]+")*)/g;
const SUBGRAPH_PREFIX = /^\[([^\]]+)\] /;

/**
 * Finds out where an error or hint of composition comes from: subgraph, line and column by its nodes; by its text
 * where it has none, as with errors of satisfiability.
 *
 * @param documents - the parsed SDL by subgraph; the name of its source is the location
 */
export function describeRemark(
  notice: CompositionNotice,
  documents: ReadonlyMap<string, DocumentNode>,
): CompositionRemark {
  const nodePlaces = (notice.nodes ?? []).flatMap((node) => placeOf(node, documents));
  const places = nodePlaces.map(({ subgraph, location }) => ({ subgraph, location }));
  const coordinate =
    notice.coordinate ??
    coordinateInText(notice.message) ??
    nodePlaces.find((it) => it.coordinate)?.coordinate;
  return {
    code: notice.code,
    message: notice.message.replace(SUBGRAPH_PREFIX, ''),
    ...(coordinate === undefined ? {} : { coordinate }),
    places: places.length > 0 ? places : subgraphsInText(notice.message).map((subgraph) => ({ subgraph })),
  };
}

function placeOf(
  node: ASTNode & { readonly subgraph?: string },
  documents: ReadonlyMap<string, DocumentNode>,
): { subgraph: string; location: string; coordinate: string | undefined }[] {
  const { loc } = node;
  if (loc === undefined) return [];
  for (const [subgraph, document] of documents) {
    // Composition also parses the text of field sets; their nodes have sources that nobody can open.
    if (document.loc?.source !== loc.source) continue;
    const { line, column } = getLocation(loc.source, loc.start);
    return [
      {
        subgraph,
        location: `${loc.source.name}:${line}:${column}`,
        coordinate: coordinateAt(document, loc.start),
      },
    ];
  }
  return [];
}

/** The first quoted coordinate of a field or argument; a type's only when nothing more exact is quoted. */
function coordinateInText(message: string): string | undefined {
  const quoted = [...message.matchAll(COORDINATE_IN_TEXT)].map(([, coordinate]) => coordinate as string);
  return quoted.find((coordinate) => coordinate.includes('.'));
}

function subgraphsInText(message: string): string[] {
  const prefixed = SUBGRAPH_PREFIX.exec(message)?.[1];
  const named = [...message.matchAll(SUBGRAPHS_IN_TEXT)].flatMap(([, names]) =>
    [...(names as string).matchAll(/"([^"]+)"/g)].map(([, name]) => name as string),
  );
  return [...new Set([...(prefixed === undefined ? [] : [prefixed]), ...named])];
}
