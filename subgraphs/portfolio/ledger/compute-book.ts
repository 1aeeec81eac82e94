import type { Decimal } from '../../shared/decimal.ts';
import { type CostBasisMethod, type CostPool, createCostPool, type Lot } from './cost-pool.ts';
import { entryValue, inLedgerOrder, isAcquisition, type LedgerEntry, ZERO } from './entry.ts';

/** What is held of one token, closed positions left out. Money in the portfolio's base currency. */
export interface Position {
  readonly tokenId: string;
  readonly quantity: Decimal;
  readonly costBasis: Decimal;
  /** What sales of this token have realised so far, earlier closed positions included. */
  readonly realizedPnl: Decimal;
  readonly heldSinceMs: number;
  readonly lastActivityAtMs: number;
}

/** What is held, by token. */
export type Positions = ReadonlyMap<string, Position>;

/** A position with what it is made of. */
export interface LotPosition<Entry extends LedgerEntry = LedgerEntry> extends Position {
  /** Oldest first; none under the average method. */
  readonly lots: readonly Lot<Entry>[];
}

/** A sale, with what the sold quantity had cost. */
export interface Sale {
  readonly tokenId: string;
  readonly executedAtMs: number;
  /** After the fee. */
  readonly proceeds: Decimal;
  readonly costOfSale: Decimal;
}

/** A ledger, worked out: what is held, and what sales have realised. */
export interface Book<Entry extends LedgerEntry = LedgerEntry> {
  /** Open positions by token. */
  readonly positions: ReadonlyMap<string, LotPosition<Entry>>;
  /** Those of one token in the ledger's order. */
  readonly sales: readonly Sale[];
}

interface Account<Entry extends LedgerEntry> {
  readonly pool: CostPool<Entry>;
  realizedPnl: Decimal;
  lastActivityAtMs: number;
}

/**
 * Works a ledger out, exactly.
 *
 * - BUY: a lot that cost quantity × unit price + fee.
 * - SELL: realises quantity × unit price - fee - the cost of what is taken.
 * - TRANSFER_IN, REWARD: a lot that cost quantity × unit price, or × the market price of that time.
 * - TRANSFER_OUT, FEE: lots leave at cost. Nothing is realised: their cost leaves the cost basis and counts in
 *   no profit and loss of sales; what a paid token was worth shows in performance.
 *
 * @param entries - of one portfolio, in any order
 * @throws when the ledger goes below zero or lacks a price: the doors to the ledger let neither in
 * @see subgraphs/portfolio/README.md for the definitions and their sources
 */
export function computeBook<Entry extends LedgerEntry>(
  entries: readonly Entry[],
  method: CostBasisMethod,
): Book<Entry> {
  const accounts = new Map<string, Account<Entry>>();
  const sales: Sale[] = [];
  for (const entry of inLedgerOrder(entries)) {
    const account = accounts.get(entry.tokenId) ?? {
      pool: createCostPool<Entry>(method),
      realizedPnl: ZERO,
      lastActivityAtMs: entry.executedAtMs,
    };
    accounts.set(entry.tokenId, account);
    account.lastActivityAtMs = entry.executedAtMs;
    if (isAcquisition(entry)) {
      account.pool.acquire(entry, costOf(entry));
      continue;
    }
    const cost = account.pool.release(entry.quantity);
    if (entry.type !== 'SELL') continue;
    const proceeds = entryValue(entry).minus(entry.fee ?? 0);
    account.realizedPnl = account.realizedPnl.plus(proceeds).minus(cost);
    sales.push({ tokenId: entry.tokenId, executedAtMs: entry.executedAtMs, proceeds, costOfSale: cost });
  }
  return { positions: openPositions(accounts), sales };
}

/**
 * Works a book out anew for some tokens, and keeps what it has of the others: a ledger holds no cash, so that the
 * entries of one token do not bear on another.
 *
 * @param entries - the whole ledger as it is now
 * @param tokenIds - the tokens whose entries have changed
 */
export function recomputeTokens<Entry extends LedgerEntry>(
  book: Book<Entry>,
  entries: readonly Entry[],
  tokenIds: ReadonlySet<string>,
  method: CostBasisMethod,
): Book<Entry> {
  const changed = computeBook(
    entries.filter(({ tokenId }) => tokenIds.has(tokenId)),
    method,
  );
  const positions = new Map(book.positions);
  for (const tokenId of tokenIds) {
    const position = changed.positions.get(tokenId);
    if (position === undefined) positions.delete(tokenId);
    else positions.set(tokenId, position);
  }
  const sales = book.sales.filter(({ tokenId }) => !tokenIds.has(tokenId));
  return { positions, sales: [...sales, ...changed.sales] };
}

function costOf(entry: LedgerEntry): Decimal {
  return entry.type === 'BUY' ? entryValue(entry).plus(entry.fee ?? 0) : entryValue(entry);
}

function openPositions<Entry extends LedgerEntry>(
  accounts: ReadonlyMap<string, Account<Entry>>,
): Map<string, LotPosition<Entry>> {
  const positions = new Map<string, LotPosition<Entry>>();
  for (const [tokenId, { pool, realizedPnl, lastActivityAtMs }] of accounts) {
    if (pool.quantity.isZero()) continue;
    const { quantity, cost: costBasis, lots, heldSinceMs } = pool;
    positions.set(tokenId, {
      tokenId,
      quantity,
      costBasis,
      realizedPnl,
      lots,
      heldSinceMs,
      lastActivityAtMs,
    });
  }
  return positions;
}
