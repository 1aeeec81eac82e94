import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';
import { directiveArguments } from './directive-arguments.ts';
import { linkedFeatures } from './linked-features.ts';

/** Alternatives, of which one must be held in full: `[["a", "b"], ["c"]]` is "a and b, or c". */
export type Alternatives = readonly (readonly string[])[];

/** What access directives ask of a caller at one coordinate; all of it must hold. */
export interface AccessRequirement {
  /** `@authenticated` */
  readonly authenticated: boolean;
  /** `@requiresScopes`, one entry for each directive. */
  readonly scopes: readonly Alternatives[];
  /** `@policy`, one entry for each directive. */
  readonly policies: readonly Alternatives[];
}

/** Access requirements by coordinate: `Type` for a type as a whole, `Type.field` for a field. */
export type RequiredAccess = ReadonlyMap<string, AccessRequirement>;

/**
 * Reads `@authenticated`, `@requiresScopes` and `@policy` of a supergraph, whatever they are called in it.
 *
 * @param document - the supergraph as it was composed
 */
export function readRequiredAccess(document: DocumentNode): RequiredAccess {
  const meaning = new Map<string, string>();
  for (const { name, localNames } of linkedFeatures(document)) {
    if (name === 'authenticated' || name === 'requiresScopes' || name === 'policy')
      for (const local of localNames) meaning.set(local, name);
  }
  const requirements = new Map<string, AccessRequirement>();
  const enter = (coordinate: string, directives: readonly ConstDirectiveNode[] = []): void => {
    const lists = (feature: string, argument: string) =>
      directives
        .filter(({ name }) => meaning.get(name.value) === feature)
        .map((node) => listsOf(node, argument));
    const requirement = {
      authenticated: directives.some(({ name }) => meaning.get(name.value) === 'authenticated'),
      scopes: lists('requiresScopes', 'scopes'),
      policies: lists('policy', 'policies'),
    };
    const { authenticated, scopes, policies } = requirement;
    if (authenticated || scopes.length > 0 || policies.length > 0) requirements.set(coordinate, requirement);
  };
  for (const definition of document.definitions) {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
        enter(definition.name.value, definition.directives);
        for (const field of definition.fields ?? [])
          enter(`${definition.name.value}.${field.name.value}`, field.directives);
        break;
      case Kind.SCALAR_TYPE_DEFINITION:
      case Kind.ENUM_TYPE_DEFINITION:
        enter(definition.name.value, definition.directives);
    }
  }
  return requirements;
}

function listsOf(directive: ConstDirectiveNode, name: string): Alternatives {
  return (directiveArguments(directive)[name] ?? []) as Alternatives;
}
