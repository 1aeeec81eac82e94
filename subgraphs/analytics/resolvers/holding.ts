import { readHoldingInputs } from '../portfolio/representation.ts';
import { type ProfitAndLoss, unrealizedPnl } from '../portfolio/unrealized-pnl.ts';

/** The analytics subgraph's part of a holding; the representation carries what `@requires` asks for. */
export const holdingResolvers = {
  unrealizedPnl: (representation: unknown): ProfitAndLoss | null =>
    unrealizedPnl(readHoldingInputs(representation)),
};
