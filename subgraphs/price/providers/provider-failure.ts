/**
 * Why a provider gave no answer.
 *
 * - `RATE_LIMITED`: its quota is used up, by its own word or by ours
 * - `UNAVAILABLE`: no connection, a server error, or no answer in time; asking again may help
 * - `SUSPENDED`: it failed so often that it is not asked for a while
 * - `INVALID_ANSWER`: an answer that cannot be read, or that is larger than allowed
 * - `REFUSED`: it understood, and will not answer: a wrong key, or data beyond the plan
 * - `NOT_FOUND`: it does not know the token
 */
export type FailureKind =
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'SUSPENDED'
  | 'INVALID_ANSWER'
  | 'REFUSED'
  | 'NOT_FOUND';

export interface ProviderFailureOptions extends ErrorOptions {
  /** When asking again makes sense, in milliseconds from now, where that is known. */
  readonly retryAfterMs?: number | undefined;
}

/** A call to a provider that came to nothing. The message is for the log; it carries no keys. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;

  constructor(kind: FailureKind, message: string, { retryAfterMs, ...options }: ProviderFailureOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The kind of a failure; undefined for errors that are no provider's. */
export function failureKind(error: unknown): FailureKind | undefined {
  return error instanceof ProviderFailure ? error.kind : undefined;
}
