import type { Confinement } from '../composition/run-confined.ts';
import { analyseConfined } from './analyse-confined.ts';
import type { SchemaChange } from './change-analysis.ts';
import type { VersionChange } from './version-store.ts';

const NO_COSTS = { mutationPoints: 0, introspectionPoints: 0, sizes: {} };
/** A version keeps so many of its differences; who needs more compares the two supergraphs. */
const KEPT_CHANGES = 500;

/** What a version keeps of the differences that a check has found. */
export function toVersionChanges(
  changes: readonly Pick<SchemaChange, 'code' | 'coordinate' | 'message'>[],
): VersionChange[] {
  return changes
    .slice(0, KEPT_CHANGES)
    .map(({ code, coordinate, message }) => ({ code, coordinate, message }));
}

/**
 * What changes for clients from one supergraph to another. Whoever rolls back is in a hurry: what cannot be compared
 * in time has no differences listed.
 */
export async function describeVersionChanges(
  before: string,
  after: string,
  confinement: Confinement,
): Promise<VersionChange[]> {
  const nothing = {
    subgraph: { name: '', sdl: 'scalar Nothing' },
    operations: [],
    rulesFile: null,
    cost: NO_COSTS,
    usageDays: 0,
    nowMs: 0,
  };
  try {
    const { changes } = await analyseConfined({ before, after, ...nothing }, confinement);
    return toVersionChanges(changes);
  } catch {
    return [];
  }
}
