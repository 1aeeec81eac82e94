import type { Insertable, Selectable } from 'kysely';
import type { Position } from '../ledger/compute-book.ts';
import { LedgerDecimal } from '../ledger/entry.ts';
import { insertInChunks } from './insert-in-chunks.ts';
import type { Database } from './open-database.ts';
import type { PortfolioTable, PositionTable } from './tables.ts';

type Portfolio = Selectable<PortfolioTable>;

/** Reads a row of the positions. */
export function positionOf(row: Selectable<PositionTable>): Position {
  return {
    tokenId: row.token_id,
    quantity: new LedgerDecimal(row.quantity),
    costBasis: new LedgerDecimal(row.cost_basis),
    realizedPnl: new LedgerDecimal(row.realized_pnl),
    heldSinceMs: row.held_since,
    lastActivityAtMs: row.last_activity_at,
  };
}

function rowOf(portfolioId: string, position: Position): Insertable<PositionTable> {
  return {
    portfolio_id: portfolioId,
    token_id: position.tokenId,
    quantity: position.quantity.toFixed(),
    cost_basis: position.costBasis.toFixed(),
    realized_pnl: position.realizedPnl.toFixed(),
    held_since: position.heldSinceMs,
    last_activity_at: position.lastActivityAtMs,
  };
}

/**
 * Writes what is held of one token, in the transaction that changed its entries. The other positions of the
 * portfolio stay; where these were not those of the revision before, they are still known to be old.
 *
 * @param portfolio - as it is after the change
 * @param position - undefined when the token is not held any more
 */
export async function writePosition(
  transaction: Database,
  { id, revision }: Portfolio,
  tokenId: string,
  position: Position | undefined,
): Promise<void> {
  await transaction
    .deleteFrom('positions')
    .where('portfolio_id', '=', id)
    .where('token_id', '=', tokenId)
    .execute();
  if (position !== undefined) await transaction.insertInto('positions').values(rowOf(id, position)).execute();
  await keepPositions(transaction, { id, revision });
}

/** Takes the positions of the revision before over into a new one: what it changed bears on none of them. */
export async function keepPositions(
  transaction: Database,
  { id, revision }: Pick<Portfolio, 'id' | 'revision'>,
): Promise<void> {
  await transaction
    .updateTable('portfolios')
    .set({ positions_revision: revision })
    .where('id', '=', id)
    .where('positions_revision', '=', revision - 1)
    .execute();
}

/**
 * Writes all positions of a portfolio, in the transaction that changed or read its ledger.
 *
 * @param portfolio - as it is now
 * @param positions - those of its whole ledger by its method
 */
export async function writePositions(
  transaction: Database,
  { id, revision }: Portfolio,
  positions: Iterable<Position>,
): Promise<void> {
  await transaction.deleteFrom('positions').where('portfolio_id', '=', id).execute();
  await insertInChunks(
    transaction,
    'positions',
    Array.from(positions, (position) => rowOf(id, position)),
  );
  await transaction
    .updateTable('portfolios')
    .set({ positions_revision: revision })
    .where('id', '=', id)
    .execute();
}
