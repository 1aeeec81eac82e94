import { requireRange } from '../../shared/bad-user-input.ts';
import type { PortfolioContext } from '../context.ts';
import type { Position } from '../ledger/compute-book.ts';
import type { PortfolioRow } from '../loaders.ts';
import type { Money, TokenReference } from './money.ts';

const MAX_LOTS = 100;
const PREFIX = 'hl_';

/** `Holding`: a position of a portfolio. */
export interface HoldingNode {
  readonly portfolio: PortfolioRow;
  readonly position: Position;
}

/**
 * The id of a holding, stable for its pair. Portfolio ids have no point in them: `hl_<portfolio's>.<token>`.
 */
export function holdingId(portfolioId: string, tokenId: string): string {
  return `${PREFIX}${portfolioId.replace(/^pf_/, '')}.${tokenId}`;
}

function parseHoldingId(id: string): { portfolioId: string; tokenId: string } | undefined {
  const [, portfolio, tokenId] = /^hl_([^.]+)\.(.+)$/.exec(id) ?? [];
  return portfolio === undefined || tokenId === undefined
    ? undefined
    : { portfolioId: `pf_${portfolio}`, tokenId };
}

/** Finds an open position of a portfolio; null when the token is not held. */
export async function findHolding(
  portfolio: PortfolioRow,
  tokenId: string,
  { loaders }: PortfolioContext,
): Promise<HoldingNode | null> {
  const positions = await loaders.positions.load(portfolio);
  const position = positions.get(tokenId);
  return position === undefined ? null : { portfolio, position };
}

function inBaseCurrency({ portfolio }: HoldingNode, amount: Money['amount']): Money {
  return { amount, currency: portfolio.base_currency };
}

export const holdingResolvers = {
  Holding: {
    async __resolveReference({ id }: { id: string }, context: PortfolioContext): Promise<HoldingNode | null> {
      const pair = parseHoldingId(id);
      if (pair === undefined) return null;
      const portfolio = await context.loaders.portfolios.load(pair.portfolioId);
      return portfolio === undefined ? null : findHolding(portfolio, pair.tokenId, context);
    },
    id: ({ portfolio, position }: HoldingNode) => holdingId(portfolio.id, position.tokenId),
    token: ({ position }: HoldingNode): TokenReference => ({ id: position.tokenId }),
    quantity: ({ position }: HoldingNode) => position.quantity,
    baseCurrency: ({ portfolio }: HoldingNode) => portfolio.base_currency,
    costBasis: (holding: HoldingNode) => inBaseCurrency(holding, holding.position.costBasis),
    averageCost: (holding: HoldingNode) =>
      inBaseCurrency(holding, holding.position.costBasis.div(holding.position.quantity)),
    realizedPnl: (holding: HoldingNode) => inBaseCurrency(holding, holding.position.realizedPnl),
    async lots(holding: HoldingNode, args: { first: number }, { loaders }: PortfolioContext) {
      const first = requireRange('first', args.first, 1, MAX_LOTS);
      const { positions } = await loaders.books.load(holding.portfolio);
      const lots = positions.get(holding.position.tokenId)?.lots ?? [];
      return lots.slice(0, first).map((lot) => ({
        acquiredAt: new Date(lot.openedBy.executedAtMs),
        remainingQuantity: lot.remainingQuantity,
        unitCost: inBaseCurrency(holding, lot.remainingCost.div(lot.remainingQuantity)),
        openedBy: lot.openedBy,
      }));
    },
    heldSince: ({ position }: HoldingNode) => new Date(position.heldSinceMs),
    lastActivityAt: ({ position }: HoldingNode) => new Date(position.lastActivityAtMs),
  },
};
