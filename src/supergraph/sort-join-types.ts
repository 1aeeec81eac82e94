import { type DirectiveNode, Kind, parse, print, visit } from 'graphql';

/**
 * Puts `@join__type` directives of keys that cannot be resolved behind the others of their type.
 *
 * After `@requires` the planner re-enters a subgraph by the first key that the subgraph has for the type, whether
 * `resolvable` or not, and the subgraph then refuses the representation. The order has no other meaning.
 *
 * @param supergraphSdl - a valid supergraph
 * @see https://specs.apollo.dev/join/v0.3/#@join__type
 */
export function sortJoinTypes(supergraphSdl: string): string {
  const sort = <Node extends { readonly directives?: readonly DirectiveNode[] | undefined }>(node: Node) => {
    const directives = node.directives ?? [];
    if (!directives.some(isUnresolvableKey)) return undefined;
    return {
      ...node,
      directives: [
        ...directives.filter((directive) => !isUnresolvableKey(directive)),
        ...directives.filter(isUnresolvableKey),
      ],
    };
  };
  const document = parse(supergraphSdl, { noLocation: true });
  const sorted = visit(document, { ObjectTypeDefinition: sort, InterfaceTypeDefinition: sort });
  return sorted === document ? supergraphSdl : print(sorted);
}

function isUnresolvableKey({ name, arguments: args = [] }: DirectiveNode): boolean {
  if (name.value !== 'join__type') return false;
  const resolvable = args.find((argument) => argument.name.value === 'resolvable')?.value;
  return resolvable?.kind === Kind.BOOLEAN && !resolvable.value;
}
