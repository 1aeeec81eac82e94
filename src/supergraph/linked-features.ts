import { type DirectiveNode, type DocumentNode, Kind } from 'graphql';
import { directiveArguments } from './directive-arguments.ts';

/** A feature that a supergraph links. */
export interface LinkedFeature {
  /** The name in the specification's URL, for example `requiresScopes`. */
  readonly name: string;
  /** What it is called in this document: its namespace (`as` of the link, or the name), and what is imported. */
  readonly localNames: readonly string[];
  /** What a directive of the feature is called in this document: as imported, or in the feature's namespace. */
  readonly directiveName: (name: string) => string;
  /** The `@link` itself. */
  readonly directive: DirectiveNode;
}

/**
 * The features that a supergraph links, whatever they are called in it.
 *
 * @see https://specs.apollo.dev/link/v1.0/
 */
export function linkedFeatures(document: DocumentNode): LinkedFeature[] {
  return document.definitions
    .filter(
      (definition) => definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION,
    )
    .flatMap((definition) => definition.directives ?? [])
    .flatMap(linkedFeature);
}

function linkedFeature(directive: DirectiveNode): LinkedFeature[] {
  if (directive.name.value !== 'link' && directive.name.value !== 'core') return [];
  const given = directiveArguments(directive);
  const name = /\/([\w-]+)\/v\d+\.\d+\/?$/.exec(String(given.url ?? given.feature ?? ''))?.[1];
  if (name === undefined) return [];
  const imports = (given.import ?? []) as readonly (
    | string
    | { readonly name: string; readonly as?: string }
  )[];
  const imported = new Map(
    imports.map((entry) => {
      const original = typeof entry === 'string' ? entry : entry.name;
      const local = typeof entry === 'string' ? entry : (entry.as ?? entry.name);
      return [original.replace('@', ''), local.replace('@', '')];
    }),
  );
  const namespace = String(given.as ?? name);
  return [
    {
      name,
      localNames: [namespace, ...imported.values()],
      directiveName: (directiveName) =>
        imported.get(directiveName) ??
        // The directive that a feature is named after needs no prefix.
        (directiveName === name ? namespace : `${namespace}__${directiveName}`),
      directive,
    },
  ];
}

/** Directives on fields and types that state who may read them. */
export const ACCESS_FEATURES: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy']);
