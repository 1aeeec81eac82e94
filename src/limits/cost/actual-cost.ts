import type { CompiledCost, CostField, CostSelection } from './compiled-cost.ts';
import { countItems } from './estimate-cost.ts';
import { isIncluded } from './inclusion.ts';
import { addPoints, multiplyPoints } from './saturating.ts';
import type { RawVariables } from './variable-reader.ts';

type AnswerObject = Readonly<Record<string, unknown>>;

/**
 * Works out what an operation cost from its answer, by the rules of the estimate with what is there in the place of
 * what was expected. A field that came to null costs its own weight, and so does every root field when there are no
 * data at all: it was called.
 *
 * @param data - of the shaped result
 * @returns points, an integer from 0 to 2,147,483,647; at most the estimate unless a list was longer than was said
 */
export function actualCost(
  { root }: CompiledCost,
  variables: RawVariables,
  data: AnswerObject | null | undefined,
): number {
  if (data != null) return selectionCost(root, data, variables);
  return root.common
    .filter(({ inclusion }) => isIncluded(inclusion, variables))
    .reduce((points, { fieldPoints }) => addPoints(points, fieldPoints), 0);
}

function selectionCost(
  { common, variants }: CostSelection,
  object: AnswerObject,
  variables: RawVariables,
): number {
  let dearest = 0;
  // An answer need not say of which type an object is; what was selected of another type is missing from it.
  for (const fields of variants) dearest = Math.max(dearest, fieldsCost(fields, object, variables));
  return addPoints(fieldsCost(common, object, variables), dearest);
}

function fieldsCost(fields: readonly CostField[], object: AnswerObject, variables: RawVariables): number {
  let points = 0;
  for (const field of fields) {
    // A key that is a name of Object.prototype is not in the answer unless it is its own.
    const value = Object.hasOwn(object, field.responseKey) ? object[field.responseKey] : undefined;
    // Selected under the same key of another type, perhaps.
    if (value === undefined || !isIncluded(field.inclusion, variables)) continue;
    points = addPoints(points, fieldCost(field, value, variables));
  }
  return points;
}

function fieldCost(field: CostField, value: unknown, variables: RawVariables): number {
  const { fieldPoints, typePoints, selection } = field;
  if (value === null) return fieldPoints;
  const below = multiplyPoints(typePoints, countValues(value));
  const selected = selection === undefined ? 0 : valuesCost(selection, value, variables);
  return addPoints(fieldPoints, addPoints(below, selected));
}

function valuesCost(selection: CostSelection, value: unknown, variables: RawVariables): number {
  if (value === null) return 0;
  if (!Array.isArray(value)) return selectionCost(selection, value as AnswerObject, variables);
  let points = 0;
  for (const item of value) points = addPoints(points, valuesCost(selection, item, variables));
  return points;
}

/** How many values there are that are not null, lists in lists counted through. */
function countValues(value: unknown): number {
  if (value === null) return 0;
  if (!Array.isArray(value)) return 1;
  return value.reduce<number>((count, item) => count + countValues(item), 0);
}

/**
 * Names the fields whose lists were longer than was said, which is how an answer can cost more than its estimate.
 *
 * @returns their coordinates, each once
 */
export function findLongLists(
  { root }: CompiledCost,
  variables: RawVariables,
  data: AnswerObject,
): readonly string[] {
  const found = new Set<string>();
  const visit = ({ common, variants }: CostSelection, object: AnswerObject): void => {
    for (const field of [common, ...variants].flat()) {
      const value = Object.hasOwn(object, field.responseKey) ? object[field.responseKey] : null;
      if (value === null) continue;
      if (Array.isArray(value) && countValues(value) > countItems(field, variables))
        found.add(field.coordinate);
      if (field.selection !== undefined) visitValue(field.selection, value);
    }
  };
  const visitValue = (selection: CostSelection, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visitValue(selection, item);
    else if (value !== null) visit(selection, value as AnswerObject);
  };
  visit(root, data);
  return [...found];
}
