import { ulid } from 'ulid';
import { type Decimal, MAX_INTEGER_DIGITS } from '../../shared/decimal.ts';
import { needsMarketPrice } from '../ledger/entry.ts';
import type { MarketPrices } from '../market/market-prices.ts';
import { rowOf, type Transaction } from '../storage/ledger-rows.ts';
import type { Database } from '../storage/open-database.ts';
import { writePosition } from '../storage/position-rows.ts';
import { type AddTransactionInput, checkInput, meaningOf } from './add-transaction-input.ts';
import { type ChangeEnvironment, makeChangeOnce, type Refused } from './change.ts';
import { MAX_LEDGER_ENTRIES } from './limits.ts';
import {
  findOversizedPosition,
  positionsOf,
  readEntriesOfToken,
  requireNoShortfall,
} from './sound-ledger.ts';
import { touchPortfolio } from './touch-portfolio.ts';
import { inputError, limitReached, Refusal } from './user-error.ts';

/** The entry that was made, now or by the first call with the same key. */
export interface AddedTransaction {
  readonly transactionId: string;
  readonly portfolioId: string;
}

/**
 * Adds an entry to a ledger: key, entry and revision in one transaction, or nothing.
 *
 * @returns refusals that the user can do something about; faults of the tables throw
 */
export async function addTransaction(
  input: AddTransactionInput,
  environment: ChangeEnvironment,
): Promise<AddedTransaction | Refused> {
  const { idempotencyKey, portfolioId } = input;
  const newId = `tx_${ulid()}`;
  const made = await makeChangeOnce(
    environment,
    { idempotencyKey, operation: 'addTransaction', meaning: meaningOf(input), newId },
    checkInput(input, environment.nowMs),
    (transaction, { id: userId }) => enter(transaction, newId, input, { ...environment, userId }),
  );
  return 'userErrors' in made ? made : { transactionId: made.id, portfolioId };
}

async function enter(
  transaction: Database,
  id: string,
  input: AddTransactionInput,
  { userId, nowMs, marketPrices }: ChangeEnvironment & { readonly userId: string },
): Promise<void> {
  const portfolio = await touchPortfolio(transaction, { userId, nowMs, portfolioId: input.portfolioId });
  if (portfolio === undefined) {
    throw new Refusal(inputError('portfolioId', 'NOT_FOUND', 'There is no such portfolio.'));
  }
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
  const entries = [...(await readEntriesOfToken(transaction, portfolio.id, entry.tokenId)), entry];
  requireNoShortfall(entries, ['input', 'quantity']);
  const positions = positionsOf(entries, portfolio);
  if (findOversizedPosition(positions) !== undefined) {
    const message = `Quantity and cost of a holding must stay below 10^${MAX_INTEGER_DIGITS}.`;
    throw new Refusal(inputError('quantity', 'INVALID', message));
  }
  await transaction.insertInto('ledger_entries').values(rowOf(entry)).execute();
  await writePosition(transaction, portfolio, entry.tokenId, positions.get(entry.tokenId));
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
    throw new Refusal(limitReached(`A ledger holds at most ${MAX_LEDGER_ENTRIES} entries.`));
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
