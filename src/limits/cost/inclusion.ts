import { type DirectiveNode, Kind } from 'graphql';
import type { RawVariables, ReadValue, VariableReader } from './variable-reader.ts';

/**
 * Whether something is selected: `true` always, else what `@skip` and `@include` around it say for the variables.
 */
export type Inclusion = true | ReadValue<boolean>;

/**
 * What the directives of a selection say.
 *
 * @returns undefined when it is never selected
 */
export function readInclusion(
  directives: readonly DirectiveNode[] | undefined,
  reader: VariableReader,
): Inclusion | undefined {
  let inclusion: Inclusion = true;
  for (const { name, arguments: args = [] } of directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    const value = args.find((argument) => argument.name.value === 'if')?.value;
    if (value === undefined) continue;
    const wanted = name.value === 'include';
    if (value.kind === Kind.BOOLEAN) {
      if (value.value !== wanted) return undefined;
    } else {
      const read = reader.reader(value);
      inclusion = both(inclusion, (variables) => (read(variables) === true) === wanted);
    }
  }
  return inclusion;
}

/** Selected where both say so: a field inside a fragment. */
export function both(left: Inclusion, right: Inclusion): Inclusion {
  if (left === true) return right;
  if (right === true) return left;
  return (variables) => left(variables) && right(variables);
}

/** Selected where either says so: a field that an operation selects twice. */
export function either(left: Inclusion, right: Inclusion): Inclusion {
  if (left === true || right === true) return true;
  return (variables) => left(variables) || right(variables);
}

/** Whether it is selected under the variables of a request. */
export function isIncluded(inclusion: Inclusion, variables: RawVariables): boolean {
  return inclusion === true || inclusion(variables);
}
