import { createDashboard } from './dashboard.ts';
import { createDistinct } from './distinct.ts';
import { createIdle } from './idle.ts';
import { createLarge } from './large.ts';
import { createPortfolio } from './portfolio.ts';
import { createStore } from './store.ts';
import type { Workload } from './workload.ts';

/** Makes a workload by its name; every process of the benchmark makes its own, equal to the others'. */
export const WORKLOADS: Readonly<Record<string, () => Workload>> = {
  store: createStore,
  portfolio: createPortfolio,
  dashboard: createDashboard,
  distinct: createDistinct,
  large: createLarge,
  idle: createIdle,
};

/** What is measured when nothing is said: everything but `idle`, which takes many rounds of its own. */
export const DEFAULT_WORKLOADS: readonly string[] = Object.keys(WORKLOADS).filter((name) => name !== 'idle');

/** @throws Error for an unknown name */
export function createWorkload(name: string): Workload {
  const create = WORKLOADS[name];
  if (create === undefined) throw new Error(`there is no workload "${name}"`);
  return create();
}
