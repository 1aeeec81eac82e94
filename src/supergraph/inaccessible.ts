import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';
import { linkedFeatures } from './linked-features.ts';

/**
 * The types and fields that clients never see: those marked `@inaccessible`, whatever it is called in the supergraph.
 *
 * @returns coordinates: `Type`, or `Type.field`
 */
export function readInaccessible(document: DocumentNode): ReadonlySet<string> {
  const names = new Set(
    linkedFeatures(document)
      .filter(({ name }) => name === 'inaccessible')
      .flatMap(({ localNames }) => localNames),
  );
  const isMarked = (directives: readonly ConstDirectiveNode[] = []): boolean =>
    directives.some(({ name }) => names.has(name.value));
  const found = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
      continue;
    if (isMarked(definition.directives)) found.add(definition.name.value);
    for (const field of definition.fields ?? []) {
      if (isMarked(field.directives)) found.add(`${definition.name.value}.${field.name.value}`);
    }
  }
  return found;
}
