import { type DirectiveNode, valueFromASTUntyped } from 'graphql';

/** The arguments of a directive by name, as plain data; what is left out is absent, whatever its default. */
export function directiveArguments({
  arguments: args = [],
}: DirectiveNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(args.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}
