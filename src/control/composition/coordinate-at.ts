import type { ASTNode, DocumentNode } from 'graphql';

const contains = ({ loc }: ASTNode, offset: number): boolean =>
  loc !== undefined && loc.start <= offset && offset < loc.end;

/**
 * The schema coordinate of what stands at an offset of an SDL document, such as `Token.symbol`,
 * `Query.token(id:)` or `@cost`; undefined for what has no name.
 *
 * @see https://spec.graphql.org/draft/#sec-Schema-Coordinates
 */
export function coordinateAt(document: DocumentNode, offset: number): string | undefined {
  const definition = document.definitions.find((candidate) => contains(candidate, offset));
  if (definition === undefined || !('name' in definition) || definition.name === undefined) return undefined;
  if (definition.kind === 'DirectiveDefinition') return `@${definition.name.value}`;
  const members =
    'fields' in definition ? definition.fields : 'values' in definition ? definition.values : undefined;
  const member = members?.find((candidate) => contains(candidate, offset));
  if (member === undefined) return definition.name.value;
  const coordinate = `${definition.name.value}.${member.name.value}`;
  const argument =
    'arguments' in member ? member.arguments?.find((candidate) => contains(candidate, offset)) : undefined;
  return argument === undefined ? coordinate : `${coordinate}(${argument.name.value}:)`;
}
