import { print, visit } from 'graphql';
import { ACCESS_FEATURES, linkedFeatures } from './linked-features.ts';
import { SupergraphModel } from './supergraph-model.ts';

/**
 * Features whose metadata the stock planner refuses although planning does not depend on them: access rules, which
 * are enforced elsewhere, and cache tags.
 */
const NOT_FOR_THE_PLANNER: ReadonlySet<string> = new Set([...ACCESS_FEATURES, 'cacheTag']);

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
  const { document } = new SupergraphModel(supergraphSdl);
  const dropped = linkedFeatures(document).filter(({ name }) => NOT_FOR_THE_PLANNER.has(name));
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
