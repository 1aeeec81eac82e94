import { type DirectiveNode, Kind, parse, print, type ValueNode, valueFromASTUntyped, visit } from 'graphql';
import { ConfigError } from '../errors/errors.ts';

/** A feature that a supergraph links, as far as it matters here. */
interface LinkedFeature {
  /** The name in the specification's URL, for example `requiresScopes`. */
  readonly name: string;
  /** What it is called in this document: its namespace (`as` of the link, or the name), and what is imported. */
  readonly localNames: readonly string[];
  readonly directive: DirectiveNode;
}

/**
 * Features whose metadata the stock planner refuses although planning does not depend on them: access rules, which
 * are enforced elsewhere, and cache tags.
 */
const NOT_FOR_THE_PLANNER: ReadonlySet<string> = new Set([
  'authenticated',
  'requiresScopes',
  'policy',
  'cacheTag',
]);

/** Directives on fields and types that state who may read them. */
const ACCESS_FEATURES: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy']);

export interface PlannerSupergraph {
  /** The supergraph without the metadata that the planner refuses. */
  readonly sdl: string;
  /** Whether access directives were taken out, which somebody else has to enforce. */
  readonly hasAccessDirectives: boolean;
}

/**
 * Takes out of a supergraph what the stock planner refuses to load (`"is for: SECURITY but is unsupported"`).
 *
 * @throws ConfigError SUPERGRAPH_INVALID when the SDL is not GraphQL
 */
export function plannerSupergraph(supergraphSdl: string): PlannerSupergraph {
  const document = (() => {
    try {
      return parse(supergraphSdl, { noLocation: true });
    } catch (cause) {
      throw new ConfigError(
        'SUPERGRAPH_INVALID',
        `The supergraph is not valid SDL: ${(cause as Error).message}`,
        cause,
      );
    }
  })();
  const features = document.definitions
    .filter(
      (definition) => definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION,
    )
    .flatMap((definition) => definition.directives ?? [])
    .flatMap(linkedFeature);
  const dropped = features.filter(({ name }) => NOT_FOR_THE_PLANNER.has(name));
  if (dropped.length === 0) return { sdl: supergraphSdl, hasAccessDirectives: false };

  const links = new Set(dropped.map(({ directive }) => directive));
  const localNames = new Set(dropped.flatMap((feature) => feature.localNames));
  const isDropped = (name: string): boolean =>
    localNames.has(name) || localNames.has(name.split('__', 1)[0] ?? '');
  const federationScalars = new Set(['federation__Scope', 'federation__Policy']);
  const stripped = visit(document, {
    Directive: (node) => (links.has(node) || isDropped(node.name.value) ? null : undefined),
    DirectiveDefinition: (node) => (isDropped(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) =>
      federationScalars.has(node.name.value) || isDropped(node.name.value) ? null : undefined,
  });
  return { sdl: print(stripped), hasAccessDirectives: dropped.some(({ name }) => ACCESS_FEATURES.has(name)) };
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
