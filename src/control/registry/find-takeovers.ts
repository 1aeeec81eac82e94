import { type DirectiveNode, type DocumentNode, Kind, parse, print, type SelectionSetNode } from 'graphql';
import { directiveArguments } from '../../supergraph/directive-arguments.ts';
import { federationNames } from '../../supergraph/federation-names.ts';
import type { SubgraphSchema } from './check-publication.ts';

/** A subgraph with the team that it belongs to. */
export interface OwnedSubgraph extends SubgraphSchema {
  readonly owner: string;
}

/**
 * Says what of other teams a publish would take: another team's subgraph, a field of theirs by `@override`, or a new
 * key to an entity of theirs, by which requests for it would be sent elsewhere.
 *
 * Contributing fields to an entity by a key that its owners offer is no takeover, nor is a `@shareable` field: they
 * said so themselves.
 *
 * @returns sentences; empty when nothing is taken
 */
export function findTakeovers(
  proposed: OwnedSubgraph,
  subgraphs: readonly OwnedSubgraph[],
): readonly string[] {
  const current = subgraphs.find(({ name }) => name === proposed.name);
  const others = subgraphs.filter(({ name, owner }) => name !== proposed.name && owner !== proposed.owner);
  const document = parseOrNothing(proposed.sdl);
  return [
    ...(current === undefined || current.owner === proposed.owner
      ? []
      : [`The subgraph "${current.name}" belongs to ${current.owner}, not to ${proposed.owner}.`]),
    ...overriddenFields(document, others),
    ...newKeys(document, proposed, others),
  ];
}

/** What cannot be parsed takes nothing; composition says what is wrong with it. */
function parseOrNothing(sdl: string): DocumentNode {
  try {
    return parse(sdl, { noLocation: true });
  } catch {
    return { kind: Kind.DOCUMENT, definitions: [] };
  }
}

function overriddenFields(document: DocumentNode, others: readonly OwnedSubgraph[]): string[] {
  const override = federationNames(document)('override');
  return entityTypes(document).flatMap(({ name, fields }) =>
    fields.flatMap(({ name: field, directives }) =>
      directives
        .filter((directive) => directive.name.value === override)
        .map((directive) => others.find((other) => other.name === directiveArguments(directive).from))
        .filter((other) => other !== undefined)
        .map(
          (other) =>
            `"${name}.${field}" is a field of ${other.name}, which belongs to ${other.owner}: @override would take it away.`,
        ),
    ),
  );
}

function newKeys(
  document: DocumentNode,
  proposed: OwnedSubgraph,
  others: readonly OwnedSubgraph[],
): string[] {
  const offered = others.map((other) => ({
    other,
    keys: keysByType(parse(other.sdl, { noLocation: true })),
  }));
  return [...keysByType(document)].flatMap(([type, keys]) => {
    const owners = offered.filter((it) => it.keys.has(type));
    if (owners.length === 0) return [];
    const known = new Set(owners.flatMap((it) => [...(it.keys.get(type) ?? [])]));
    const names = owners.map(({ other }) => `${other.name} (${other.owner})`).join(', ');
    return [...keys]
      .filter((key) => !known.has(key))
      .map(
        (key) =>
          `"${type}" is an entity of ${names}, who know it by ${[...known].map(quote).join(', ')}: "${proposed.name}" would make itself its owner by the key ${quote(key)}.`,
      );
  });
}

const quote = (key: string): string => `"${key}"`;

/** The keys of each entity, fields in alphabetical order, so that two spellings of one key are equal. */
function keysByType(document: DocumentNode): Map<string, Set<string>> {
  const keyName = federationNames(document)('key');
  const keys = new Map<string, Set<string>>();
  for (const { name, directives } of entityTypes(document)) {
    for (const directive of directives) {
      if (directive.name.value !== keyName) continue;
      const known = keys.get(name) ?? new Set<string>();
      keys.set(name, known.add(normaliseFieldSet(String(directiveArguments(directive).fields))));
    }
  }
  return keys;
}

function normaliseFieldSet(text: string): string {
  try {
    const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
    return definition?.kind === Kind.OPERATION_DEFINITION ? sortedFields(definition.selectionSet) : text;
  } catch {
    // Composition says what is wrong with it.
    return text;
  }
}

function sortedFields({ selections }: SelectionSetNode): string {
  return selections
    .map((selection) => {
      if (selection.kind !== Kind.FIELD) return print(selection);
      const { name, selectionSet } = selection;
      return selectionSet === undefined ? name.value : `${name.value} { ${sortedFields(selectionSet)} }`;
    })
    .sort()
    .join(' ');
}

interface EntityType {
  readonly name: string;
  readonly directives: readonly DirectiveNode[];
  readonly fields: readonly { readonly name: string; readonly directives: readonly DirectiveNode[] }[];
}

function entityTypes(document: DocumentNode): EntityType[] {
  return document.definitions.flatMap((node) => {
    switch (node.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.OBJECT_TYPE_EXTENSION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_EXTENSION:
        return [
          {
            name: node.name.value,
            directives: node.directives ?? [],
            fields: (node.fields ?? []).map(({ name, directives = [] }) => ({
              name: name.value,
              directives,
            })),
          },
        ];
      default:
        return [];
    }
  });
}
