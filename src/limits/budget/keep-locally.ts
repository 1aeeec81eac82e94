import type { BudgetStore } from './budget.ts';
import type { BudgetKeeper } from './budget-keeper.ts';
import { shareLimits } from './share-limits.ts';

/**
 * Keeps budgets in the store of this process: of several workers each enforces its share.
 *
 * @param workers - how many processes serve the same accounts
 */
export function keepLocally(store: BudgetStore, workers: number): BudgetKeeper {
  return {
    reserve: (claim) => store.reserve({ ...claim, limits: shareLimits(claim.limits, workers) }),
    settle({ account, requestId, points: reserved, limits }, points) {
      if (reserved === 0) return;
      const settlement = { account, requestId, points, limits: shareLimits(limits, workers) };
      void store.settle({ ...settlement, kind: 'settle' });
    },
    close: () => store.close(),
  };
}
