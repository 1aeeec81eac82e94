import { z } from 'zod';
import type { Decimal } from '../../../shared/decimal.ts';
import { Decimal as DecimalValue } from '../../../shared/decimal.ts';
import { type FailureKind, ProviderFailure } from '../provider-failure.ts';

const code = z.union([
  z.instanceof(DecimalValue).transform((value: Decimal) => value.toNumber()),
  z.number(),
]);
const status = z.object({ error_code: code.optional(), error_message: z.string().optional() });
/** The three shapes in which the API tells errors. */
const errorBody = z.union([
  z.object({ status }),
  z.object({ error: z.object({ status }) }),
  z.object({ error: z.string() }),
]);

const MAX_MESSAGE_LENGTH = 200;
const TOO_MANY_REQUESTS = 429;
/** Error codes of the API that are no HTTP statuses: keys that are missing or wrong, and data beyond the plan. */
const REFUSAL_CODES: ReadonlySet<number> = new Set([10002, 10005, 10010, 10011, 10012]);

export interface ErrorAnswer {
  readonly statusCode: number;
  /** The parsed body; undefined when it is no JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
}

/**
 * Reads an error out of an answer of the API, in any of its three shapes; the body counts even under status 200.
 *
 * @returns undefined when the answer is none
 */
export function readError({ statusCode, body, retryAfterMs }: ErrorAnswer): ProviderFailure | undefined {
  const told = errorBody.safeParse(body);
  if (statusCode < 300 && !told.success) return undefined;
  const { error_code: errorCode = statusCode, error_message: message = '' } = told.success
    ? describe(told.data)
    : {};
  const summary = `answered ${statusCode}, code ${errorCode}: ${message}`.slice(0, MAX_MESSAGE_LENGTH);
  return new ProviderFailure(kindOf(statusCode, errorCode), summary, { retryAfterMs });
}

function describe(body: z.infer<typeof errorBody>): z.infer<typeof status> {
  if ('status' in body) return body.status;
  return typeof body.error === 'string' ? { error_message: body.error } : body.error.status;
}

function kindOf(statusCode: number, errorCode: number): FailureKind {
  if (statusCode === TOO_MANY_REQUESTS || errorCode === TOO_MANY_REQUESTS) return 'RATE_LIMITED';
  if (REFUSAL_CODES.has(errorCode)) return 'REFUSED';
  if (statusCode === 404) return 'NOT_FOUND';
  if (statusCode === 408 || statusCode >= 500 || errorCode === 408 || (errorCode >= 500 && errorCode < 600)) {
    return 'UNAVAILABLE';
  }
  return statusCode >= 400 ? 'REFUSED' : 'INVALID_ANSWER';
}

/**
 * Reads `Retry-After`: seconds, or an HTTP date (RFC 9110, section 10.2.3).
 *
 * @returns milliseconds from now, at least 0; undefined when the header is missing or of another form
 */
export function readRetryAfter(header: string | undefined, systemNowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const instantMs = Date.parse(header);
  return Number.isNaN(instantMs) ? undefined : Math.max(0, instantMs - systemNowMs);
}
