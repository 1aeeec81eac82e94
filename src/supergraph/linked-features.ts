import { type DirectiveNode, type DocumentNode, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';

/** A feature that a supergraph links. */
export interface LinkedFeature {
  /** The name in the specification's URL, for example `requiresScopes`. */
  readonly name: string;
  /** What it is called in this document: its namespace (`as` of the link, or the name), and what is imported. */
  readonly localNames: readonly string[];
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
  const argument = (name: string): unknown => {
    const value = directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
    return value === undefined ? undefined : valueFromASTUntyped(value as ValueNode);
  };
  const name = /\/([\w-]+)\/v\d+\.\d+\/?$/.exec(String(argument('url') ?? argument('feature') ?? ''))?.[1];
  if (name === undefined) return [];
  const imports = (argument('import') ?? []) as readonly (
    | string
    | { readonly name: string; readonly as?: string }
  )[];
  const imported = imports.map((entry) => (typeof entry === 'string' ? entry : (entry.as ?? entry.name)));
  const localNames = [String(argument('as') ?? name), ...imported.map((text) => text.replace('@', ''))];
  return [{ name, localNames, directive }];
}

/** Directives on fields and types that state who may read them. */
export const ACCESS_FEATURES: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy']);
