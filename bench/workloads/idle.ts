import { createPortfolio } from './portfolio.ts';
import type { Workload } from './workload.ts';

/** One client at a time: coalescing has nobody to bring together, and must not cost anything. */
export function createIdle(): Workload {
  return {
    ...createPortfolio(),
    name: 'idle',
    description:
      'the portfolio workload from one client at a time: what coalescing costs when there is no company',
    connections: 1,
    modes: ['in flight', 'in flight again', 'coalesced'],
    leastRounds: 9,
  };
}
