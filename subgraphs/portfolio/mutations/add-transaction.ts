import type { Selectable } from 'kysely';
import { ulid } from 'ulid';
import { type Decimal, MAX_INTEGER_DIGITS } from '../../shared/decimal.ts';
import { computeBook } from '../ledger/compute-book.ts';
import { needsMarketPrice } from '../ledger/entry.ts';
import { findShortfall } from '../ledger/find-shortfall.ts';
import type { MarketPrices } from '../market/market-prices.ts';
import { rowOf, type Transaction, transactionOf } from '../storage/ledger-rows.ts';
import type { Database } from '../storage/open-database.ts';
import type { PortfolioTable } from '../storage/tables.ts';
import { type AddTransactionInput, checkInput, hashInput, isTooLarge } from './add-transaction-input.ts';
import { claimKey } from './idempotency.ts';
import { inputError, Refusal, type UserError } from './user-error.ts';

/**
 * The most entries of one ledger: what `Portfolio.ledger` hands to the subgraph that measures performance, which
 * needs all of them.
 */
export const MAX_LEDGER_ENTRIES = 10_000;

export interface AddTransactionEnvironment {
  readonly database: Database;
  readonly marketPrices: MarketPrices;
  /** The platform's time, in milliseconds. */
  readonly nowMs: number;
  /** Whom the caller acts for. */
  readonly userId: string | undefined;
}

/** The entry that was made, now or by the first call with the same key; or why there is none. */
export type AddTransactionResult =
  | { readonly transactionId: string; readonly portfolioId: string }
  | { readonly userErrors: readonly UserError[] };

/**
 * Adds an entry to a ledger: key, entry and revision in one transaction, or nothing.
 *
 * @returns refusals that the user can do something about; faults of the tables throw
 */
export async function addTransaction(
  input: AddTransactionInput,
  environment: AddTransactionEnvironment,
): Promise<AddTransactionResult> {
  const { database, nowMs, userId } = environment;
  const userErrors = checkInput(input, nowMs);
  if (userId === undefined) userErrors.push(portfolioNotFound());
  if (userErrors.length > 0 || userId === undefined) return { userErrors };
  try {
    const transactionId = await database.transaction().execute(async (transaction) => {
      const newId = `tx_${ulid()}`;
      const claim = {
        userId,
        key: input.idempotencyKey,
        inputHash: hashInput(input),
        transactionId: newId,
        nowMs,
      };
      const firstId = await claimKey(transaction, claim);
      if (firstId !== undefined) return firstId;
      await enter(transaction, newId, input, { ...environment, userId });
      return newId;
    });
    return { transactionId, portfolioId: input.portfolioId };
  } catch (error) {
    if (error instanceof Refusal) return { userErrors: error.userErrors };
    throw error;
  }
}

async function enter(
  transaction: Database,
  id: string,
  input: AddTransactionInput,
  { userId, nowMs, marketPrices }: AddTransactionEnvironment & { userId: string },
): Promise<void> {
  // The first write locks the portfolio's row: entries of one ledger are made one after the other.
  const portfolio = await transaction
    .updateTable('portfolios')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1), updated_at: nowMs }))
    .where('id', '=', input.portfolioId)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst();
  if (portfolio === undefined) throw new Refusal(portfolioNotFound());
  await requireKnownToken(transaction, input.tokenId);
  await requireNewExternalId(transaction, input);
  const entry: Transaction = {
    id,
    portfolioId: portfolio.id,
    sequence: await nextSequence(transaction, portfolio.id),
    type: input.type,
    tokenId: input.tokenId,
    deploymentId: null,
    quantity: input.quantity,
    unitPrice: input.unitPrice ?? null,
    marketPrice: marketPriceFor(input, portfolio.base_currency, marketPrices),
    fee: input.fee ?? null,
    executedAtMs: input.executedAt.getTime(),
    createdAtMs: nowMs,
    source: 'API',
    externalId: input.externalId ?? null,
    note: input.note ?? null,
  };
  await requireSoundLedger(transaction, portfolio, entry);
  await transaction.insertInto('ledger_entries').values(rowOf(entry)).execute();
}

function portfolioNotFound(): UserError {
  return inputError('portfolioId', 'NOT_FOUND', 'There is no such portfolio.');
}

async function requireKnownToken(transaction: Database, tokenId: string): Promise<void> {
  const token = await transaction
    .selectFrom('tokens')
    .select('id')
    .where('id', '=', tokenId)
    .executeTakeFirst();
  if (token !== undefined) return;
  throw new Refusal(inputError('tokenId', 'INVALID', 'There is no token with this id.'));
}

async function requireNewExternalId(
  transaction: Database,
  { portfolioId, externalId }: AddTransactionInput,
): Promise<void> {
  if (externalId == null) return;
  const taken = await transaction
    .selectFrom('ledger_entries')
    .select('id')
    .where('portfolio_id', '=', portfolioId)
    .where('external_id', '=', externalId)
    .executeTakeFirst();
  if (taken === undefined) return;
  throw new Refusal(
    inputError('externalId', 'TAKEN', `The ledger has an entry with this id already: ${taken.id}.`),
  );
}

async function nextSequence(transaction: Database, portfolioId: string): Promise<number> {
  const { last, count } = await transaction
    .selectFrom('ledger_entries')
    .select(({ fn }) => [fn.max('sequence').as('last'), fn.countAll().as('count')])
    .where('portfolio_id', '=', portfolioId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MAX_LEDGER_ENTRIES) {
    throw new Refusal({
      field: null,
      code: 'LIMIT_REACHED',
      message: `A ledger holds at most ${MAX_LEDGER_ENTRIES} entries.`,
    });
  }
  return (last ?? 0) + 1;
}

function marketPriceFor(
  { type, tokenId, executedAt, unitPrice = null }: AddTransactionInput,
  currency: string,
  marketPrices: MarketPrices,
): Decimal | null {
  if (!needsMarketPrice({ type, unitPrice })) return null;
  const price = marketPrices.priceAt(tokenId, executedAt.getTime(), currency);
  if (price !== undefined) return price;
  throw new Refusal(
    inputError(
      'unitPrice',
      'INVALID',
      `No market price of that day is known in ${currency}; give a unit price.`,
    ),
  );
}

/** Only entries of the same token bear on an entry: a ledger holds no cash. */
async function requireSoundLedger(
  transaction: Database,
  portfolio: Selectable<PortfolioTable>,
  entry: Transaction,
): Promise<void> {
  const rows = await transaction
    .selectFrom('ledger_entries')
    .selectAll()
    .where('portfolio_id', '=', entry.portfolioId)
    .where('token_id', '=', entry.tokenId)
    .execute();
  const entries = [...rows.map(transactionOf), entry];
  const shortfall = findShortfall(entries);
  if (shortfall !== undefined) {
    const { quantity, executedAtMs } = shortfall.entry;
    const message = `On ${new Date(executedAtMs).toISOString()} the ledger would hold ${shortfall.held.toFixed()} and give away ${quantity.toFixed()}.`;
    throw new Refusal(inputError('quantity', 'INSUFFICIENT_QUANTITY', message));
  }
  const position = computeBook(entries, portfolio.cost_basis_method).positions.get(entry.tokenId);
  if (position !== undefined && (isTooLarge(position.quantity) || isTooLarge(position.costBasis))) {
    const message = `Quantity and cost of a holding must stay below 10^${MAX_INTEGER_DIGITS}.`;
    throw new Refusal(inputError('quantity', 'INVALID', message));
  }
}
