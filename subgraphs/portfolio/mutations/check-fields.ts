import { inputError, type UserError } from './user-error.ts';

const MIN_KEY_LENGTH = 16;
const MAX_KEY_LENGTH = 64;
const MAX_NAME_LENGTH = 80;

/** Refuses a text of the input by its length in code points; an omitted one passes. */
export function checkLength(
  field: string,
  text: string | null | undefined,
  min: number,
  max: number,
): UserError[] {
  // Counted as people count, by code points.
  const length = text == null ? min : [...text].length;
  if (length >= min && length <= max) return [];
  return [inputError(field, 'INVALID', `${field} must have ${min} to ${max} characters, found ${length}.`)];
}

/** Refuses an idempotency key of another length than 16 to 64 characters. */
export function checkKey(idempotencyKey: string): UserError[] {
  return checkLength('idempotencyKey', idempotencyKey, MIN_KEY_LENGTH, MAX_KEY_LENGTH);
}

/** A name as it is kept: without space around it, composed characters in one form. */
export function normaliseName(name: string): string {
  return name.normalize('NFC').trim();
}

/** Refuses a name, already normalised, that is empty (BLANK) or longer than 80 characters (INVALID). */
export function checkName(name: string): UserError[] {
  if (name === '') return [inputError('name', 'BLANK', 'The name must not be empty.')];
  return checkLength('name', name, 1, MAX_NAME_LENGTH);
}
