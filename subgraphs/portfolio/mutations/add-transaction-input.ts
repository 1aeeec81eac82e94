import { type Decimal, MAX_INTEGER_DIGITS } from '../../shared/decimal.ts';
import { LedgerDecimal, type TransactionType } from '../ledger/entry.ts';
import { checkKey, checkLength } from './check-fields.ts';
import { isTooLarge } from './sound-ledger.ts';
import { inputError, type UserError } from './user-error.ts';

/** What somebody says of an entry, apart from where it belongs. */
export interface EntryInput {
  readonly type: TransactionType;
  readonly quantity: Decimal;
  readonly unitPrice?: Decimal | null;
  readonly fee?: Decimal | null;
  readonly executedAt: Date;
  readonly externalId?: string | null;
  readonly note?: string | null;
}

/** `AddTransactionInput` as GraphQL hands it over. */
export interface AddTransactionInput extends EntryInput {
  readonly idempotencyKey: string;
  readonly portfolioId: string;
  readonly tokenId: string;
}

const MAX_NOTE_LENGTH = 500;
const MAX_EXTERNAL_ID_LENGTH = 200;
/** The day of Bitcoin's first block: no token is older. */
const EARLIEST_MS = Date.parse('2009-01-03T00:00:00Z');

/**
 * Checks what can be checked without the ledger.
 *
 * @param nowMs - the platform's time
 * @returns every refusal, in the order of the fields
 */
export function checkInput(input: AddTransactionInput, nowMs: number): UserError[] {
  return [...checkKey(input.idempotencyKey), ...checkPrice(input), ...checkEntry(input, nowMs)];
}

/** Checks what holds for every entry, however it comes: amounts, time and lengths. */
export function checkEntry(entry: EntryInput, nowMs: number): UserError[] {
  return [
    ...checkAmounts(entry),
    ...checkTime(entry, nowMs),
    ...checkLength('externalId', entry.externalId, 1, MAX_EXTERNAL_ID_LENGTH),
    ...checkLength('note', entry.note, 0, MAX_NOTE_LENGTH),
  ];
}

/** Requires the price of a purchase or a sale. */
export function checkPrice({ type, unitPrice }: EntryInput): UserError[] {
  if (unitPrice != null || (type !== 'BUY' && type !== 'SELL')) return [];
  return [inputError('unitPrice', 'BLANK', `A ${type} needs a unit price.`)];
}

function checkAmounts({ quantity, unitPrice, fee }: EntryInput): UserError[] {
  const errors: UserError[] = [];
  if (!quantity.gt(0)) {
    errors.push(
      inputError('quantity', 'INVALID', `The quantity must be above 0, found ${quantity.toFixed()}.`),
    );
  }
  if (unitPrice?.lt(0)) {
    errors.push(
      inputError('unitPrice', 'INVALID', `The unit price must not be below 0, found ${unitPrice.toFixed()}.`),
    );
  }
  if (fee?.lt(0)) {
    errors.push(inputError('fee', 'INVALID', `The fee must not be below 0, found ${fee.toFixed()}.`));
  }
  if (errors.length === 0 && isTooLarge(new LedgerDecimal(quantity).times(unitPrice ?? 0).plus(fee ?? 0))) {
    errors.push(
      inputError('quantity', 'INVALID', `Quantity × unit price must stay below 10^${MAX_INTEGER_DIGITS}.`),
    );
  }
  return errors;
}

function checkTime({ executedAt }: EntryInput, nowMs: number): UserError[] {
  const found = executedAt.toISOString();
  if (executedAt.getTime() > nowMs) {
    return [inputError('executedAt', 'INVALID', `The time must not be in the future, found ${found}.`)];
  }
  if (executedAt.getTime() < EARLIEST_MS) {
    return [inputError('executedAt', 'INVALID', `The time must not be before 2009-01-03, found ${found}.`)];
  }
  return [];
}

/** The input without its key, the same for inputs that mean the same. */
export function meaningOf(input: AddTransactionInput): readonly unknown[] {
  const { portfolioId, type, tokenId, quantity, unitPrice, fee, executedAt, externalId, note } = input;
  return [
    portfolioId,
    type,
    tokenId,
    quantity.toFixed(),
    unitPrice?.toFixed() ?? null,
    fee?.toFixed() ?? null,
    executedAt.getTime(),
    externalId ?? null,
    note ?? null,
  ];
}
