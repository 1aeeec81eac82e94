import fc from 'fast-check';
import { monolith, ownedFields, referencingSubgraphs } from './fixture/federation.ts';
import { createWorld, type Faults, type FieldFault, type MissingEntity } from './fixture/world.ts';
import {
  type Choices,
  createChoices,
  createRandomOperation,
  type RandomOperation,
} from './random-operation.ts';

/** An operation, and what is wrong with the data. */
export interface Case extends RandomOperation {
  readonly faults: Faults;
}

const CHOICES = 400;
const MAX_FAULTS = 3;

const NO_FAULTS: Faults = { fields: [], missing: [] };
const PLAIN = createWorld(NO_FAULTS, ownedFields);

const ids = Object.values(PLAIN.entities)
  .flat()
  .flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
const POOL = {
  id: [...ids, 'unknown'],
  ids: ids.filter((id) => /^[bgu]/.test(id)),
  productId: ids.filter((id) => /^[bg]/.test(id)),
  isbn: ['isbn-0', 'isbn-1', 'isbn-2', 'unknown'],
  displayName: ['Ada', 'Grace'],
};

/** Fields that find an entity: without them no two subgraphs speak of the same thing. */
const KEY_FIELDS = new Set(['__typename', 'id', 'isbn', 'country', 'parts']);
/**
 * Fields that others require: null as any other, but no errors, since an error of a field that the client did not ask
 * for has no place in the answer.
 */
const REQUIRED_FIELDS = new Set(['weight', 'size']);
/** Subgraphs by which the planner reaches others, so that what is missing there has no one right answer. */
const ROUTING_SUBGRAPHS = new Set(['catalogue']);

const entityTypes = Object.keys(PLAIN.entities);

/** Every field of the data that may fail. */
const FALLIBLE: readonly Omit<FieldFault, 'kind'>[] = entityTypes.flatMap((type) =>
  (PLAIN.entities[type] ?? []).flatMap((entity, index) =>
    Object.keys(entity)
      .filter((field) => !KEY_FIELDS.has(field) && !(type === 'Maker' && field === 'name'))
      .map((field) => ({ type, index, field })),
  ),
);

/** Every entity that a subgraph may not know. */
const LOSABLE: readonly MissingEntity[] = entityTypes.flatMap((type) =>
  (PLAIN.entities[type] ?? []).flatMap((_entity, index) =>
    referencingSubgraphs(type)
      .filter((subgraph) => !ROUTING_SUBGRAPHS.has(subgraph) && ownedFields(subgraph, type).length > 0)
      .map((subgraph) => ({ type, index, subgraph })),
  ),
);

function createFaults(choices: Choices): Faults {
  const fields: FieldFault[] = [];
  const missing: MissingEntity[] = [];
  const count = choices.below(MAX_FAULTS + 1);
  for (let number = 0; number < count; number += 1) {
    const lost = LOSABLE[choices.below(LOSABLE.length)];
    const failing = FALLIBLE[choices.below(FALLIBLE.length)];
    if (choices.below(3) === 2 && lost !== undefined) missing.push(lost);
    else if (failing !== undefined) {
      const mayThrow = !REQUIRED_FIELDS.has(failing.field);
      fields.push({ ...failing, kind: mayThrow && choices.below(2) === 1 ? 'error' : 'null' });
    }
  }
  return { fields, missing };
}

/** Cases at random: numbers that an operation and its faults are chosen by. */
export const arbitraryCase: fc.Arbitrary<Case> = fc
  .noBias(fc.array(fc.nat(0xffff), { minLength: CHOICES, maxLength: CHOICES }))
  .map((numbers) => {
    const choices = createChoices(numbers);
    const faults = createFaults(choices);
    return { ...createRandomOperation(monolith, choices, POOL), faults };
  });

/** The case of a seed: the same one for ever, as long as schema, data and generator stay. */
export function caseOfSeed(seed: number): Case {
  const [sampled] = fc.sample(arbitraryCase, { seed, numRuns: 1 });
  if (sampled === undefined) throw new Error('fast-check sampled nothing');
  return sampled;
}
