import type { CannedEntity, Representation } from './canned-subgraph.ts';
import type { CannedObject } from './select-fields.ts';

/** Entities that one key field names, out of a list. */
export function entityBy(field: string, objects: readonly CannedObject[]): CannedEntity {
  const byKey = new Map(objects.map((object) => [object[field], object]));
  return {
    key: (representation) => String(representation[field]),
    find(representation: Representation) {
      const object = byKey.get(representation[field]);
      if (object === undefined) throw new Error(`nothing has ${field} ${String(representation[field])}`);
      return object;
    },
  };
}
