import type { CompiledCost, CostField, CostSelection } from './compiled-cost.ts';
import { isIncluded } from './inclusion.ts';
import { addPoints, multiplyPoints } from './saturating.ts';
import type { RawVariables } from './variable-reader.ts';

/**
 * Estimates what an operation will cost before any subgraph is called: the most that it can come to, as long as lists
 * are no longer than was said.
 *
 * @param variables - as they came; they fit their types
 * @returns points, an integer from 0 to 2,147,483,647
 */
export function estimateCost({ root }: CompiledCost, variables: RawVariables): number {
  return estimateSelection(root, variables);
}

function estimateSelection({ common, variants }: CostSelection, variables: RawVariables): number {
  let dearest = 0;
  for (const fields of variants) dearest = Math.max(dearest, estimateFields(fields, variables));
  return addPoints(estimateFields(common, variables), dearest);
}

function estimateFields(fields: readonly CostField[], variables: RawVariables): number {
  let points = 0;
  for (const field of fields) {
    if (isIncluded(field.inclusion, variables)) points = addPoints(points, estimateField(field, variables));
  }
  return points;
}

function estimateField(field: CostField, variables: RawVariables): number {
  const { fieldPoints, typePoints, selection } = field;
  const each =
    selection === undefined ? typePoints : addPoints(typePoints, estimateSelection(selection, variables));
  return addPoints(fieldPoints, multiplyPoints(countItems(field, variables), each));
}

/** How many objects a field is estimated to return. */
export function countItems({ size }: CostField, variables: RawVariables): number {
  return size === undefined ? 1 : size(variables);
}

/** What one field of an operation adds to its estimate. */
export interface FieldCost {
  /** Keys of the answer, from the root; items of lists are not told apart. */
  readonly path: readonly string[];
  readonly coordinate: string;
  readonly subgraph: string | undefined;
  /** Weight of the field and of what it returns, as often as it is met; what is selected below is not in it. */
  readonly points: number;
}

/** The estimate by field, in the order of the operation; of variants the dearest. The sum is the estimate. */
export function breakDownCost({ root }: CompiledCost, variables: RawVariables): FieldCost[] {
  const costs: FieldCost[] = [];
  const visit = (selection: CostSelection, times: number, path: readonly string[]): void => {
    const dearest = selection.variants.reduce<readonly CostField[]>(
      (best, fields) => (estimateFields(fields, variables) > estimateFields(best, variables) ? fields : best),
      [],
    );
    for (const field of [...selection.common, ...dearest]) {
      if (!isIncluded(field.inclusion, variables)) continue;
      const { responseKey, coordinate, subgraph, fieldPoints, typePoints } = field;
      const items = countItems(field, variables);
      const fieldPath = [...path, responseKey];
      const points = multiplyPoints(times, addPoints(fieldPoints, multiplyPoints(items, typePoints)));
      costs.push({ path: fieldPath, coordinate, subgraph, points });
      if (field.selection !== undefined) visit(field.selection, multiplyPoints(times, items), fieldPath);
    }
  };
  visit(root, 1, []);
  return costs;
}

/** The field that adds most to an estimate, for refusals; undefined for an operation without costs. */
export function dearestField(costs: readonly FieldCost[]): FieldCost | undefined {
  return costs.reduce<FieldCost | undefined>(
    (dearest, cost) => (dearest === undefined || cost.points > dearest.points ? cost : dearest),
    undefined,
  );
}
