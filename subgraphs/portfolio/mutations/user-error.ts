/** Why a change was refused, for programs. */
export type UserErrorCode =
  | 'NOT_FOUND'
  | 'INVALID'
  | 'BLANK'
  | 'TAKEN'
  | 'INSUFFICIENT_QUANTITY'
  | 'CONFLICT'
  | 'LIMIT_REACHED'
  | 'IDEMPOTENCY_KEY_REUSED';

/** A refusal that the user can do something about. */
export interface UserError {
  /** The path of the input field, or null when no single field is to blame. */
  readonly field: readonly string[] | null;
  readonly message: string;
  readonly code: UserErrorCode;
}

/** Makes the refusal of one field of `input`. */
export function inputError(field: string, code: UserErrorCode, message: string): UserError {
  return { field: ['input', field], code, message };
}

/** Makes the refusal for a limit that is reached; no field is to blame. */
export function limitReached(message: string): UserError {
  return { field: null, code: 'LIMIT_REACHED', message };
}

/** Ends a transaction without a trace; what it carries is the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly userErrors: readonly UserError[];

  constructor(...userErrors: readonly UserError[]) {
    super(userErrors.map(({ message }) => message).join(' '));
    this.userErrors = userErrors;
  }
}
