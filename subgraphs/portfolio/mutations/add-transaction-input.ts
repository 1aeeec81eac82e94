import { createHash } from 'node:crypto';
import { type Decimal, MAX_INTEGER_DIGITS } from '../../shared/decimal.ts';
import { LedgerDecimal, type TransactionType } from '../ledger/entry.ts';
import { inputError, type UserError } from './user-error.ts';

/** `AddTransactionInput` as GraphQL hands it over. */
export interface AddTransactionInput {
  readonly idempotencyKey: string;
  readonly portfolioId: string;
  readonly type: TransactionType;
  readonly tokenId: string;
  readonly quantity: Decimal;
  readonly unitPrice?: Decimal | null;
  readonly fee?: Decimal | null;
  readonly executedAt: Date;
  readonly externalId?: string | null;
  readonly note?: string | null;
}

const MIN_KEY_LENGTH = 16;
const MAX_KEY_LENGTH = 64;
const MAX_NOTE_LENGTH = 500;
const MAX_EXTERNAL_ID_LENGTH = 200;
/** The day of Bitcoin's first block: no token is older. */
const EARLIEST_MS = Date.parse('2009-01-03T00:00:00Z');
/** The first amount that the `Decimal` scalar cannot write. */
const AMOUNT_LIMIT = new LedgerDecimal(10).pow(MAX_INTEGER_DIGITS);

/** Whether an amount of money or a quantity has more digits before the point than `Decimal` can write. */
export function isTooLarge(amount: Decimal): boolean {
  return amount.abs().gte(AMOUNT_LIMIT);
}

/**
 * Checks what can be checked without the ledger.
 *
 * @param nowMs - the platform's time
 * @returns every refusal, in the order of the fields
 */
export function checkInput(input: AddTransactionInput, nowMs: number): UserError[] {
  return [
    ...checkKey(input),
    ...checkAmounts(input),
    ...checkTime(input, nowMs),
    ...checkLength('externalId', input.externalId, 1, MAX_EXTERNAL_ID_LENGTH),
    ...checkLength('note', input.note, 0, MAX_NOTE_LENGTH),
  ];
}

function checkKey({ idempotencyKey }: AddTransactionInput): UserError[] {
  return checkLength('idempotencyKey', idempotencyKey, MIN_KEY_LENGTH, MAX_KEY_LENGTH);
}

function checkAmounts({ type, quantity, unitPrice, fee }: AddTransactionInput): UserError[] {
  const errors: UserError[] = [];
  if (!quantity.gt(0)) {
    errors.push(
      inputError('quantity', 'INVALID', `The quantity must be above 0, found ${quantity.toFixed()}.`),
    );
  }
  if (unitPrice == null) {
    if (type === 'BUY' || type === 'SELL') {
      errors.push(inputError('unitPrice', 'BLANK', `A ${type} needs a unit price.`));
    }
  } else if (unitPrice.lt(0)) {
    errors.push(
      inputError('unitPrice', 'INVALID', `The unit price must not be below 0, found ${unitPrice.toFixed()}.`),
    );
  } else if (isTooLarge(new LedgerDecimal(quantity).times(unitPrice).plus(fee ?? 0))) {
    errors.push(
      inputError('quantity', 'INVALID', `Quantity × unit price must stay below 10^${MAX_INTEGER_DIGITS}.`),
    );
  }
  if (fee?.lt(0)) {
    errors.push(inputError('fee', 'INVALID', `The fee must not be below 0, found ${fee.toFixed()}.`));
  }
  return errors;
}

function checkTime({ executedAt }: AddTransactionInput, nowMs: number): UserError[] {
  const found = executedAt.toISOString();
  if (executedAt.getTime() > nowMs) {
    return [inputError('executedAt', 'INVALID', `The time must not be in the future, found ${found}.`)];
  }
  if (executedAt.getTime() < EARLIEST_MS) {
    return [inputError('executedAt', 'INVALID', `The time must not be before 2009-01-03, found ${found}.`)];
  }
  return [];
}

function checkLength(
  field: keyof AddTransactionInput,
  text: string | null | undefined,
  min: number,
  max: number,
): UserError[] {
  // Counted as people count, by code points.
  const length = text == null ? min : [...text].length;
  if (length >= min && length <= max) return [];
  return [inputError(field, 'INVALID', `${field} must have ${min} to ${max} characters, found ${length}.`)];
}

/** SHA-256 over the input without its key, in hexadecimal: equal for inputs that mean the same. */
export function hashInput(input: AddTransactionInput): string {
  const { portfolioId, type, tokenId, quantity, unitPrice, fee, executedAt, externalId, note } = input;
  const meaning = [
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
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
}
