/** A feed that keeps failing is tried once a day. */
const MAX_DELAY_MS = 24 * 3_600_000;
/** Feeds that started together are read further and further apart: a tenth of the delay, up or down. */
const JITTER_SHARE = 0.1;

export interface ReadHistory {
  readonly intervalMs: number;
  /** Failures since the last good answer. */
  readonly failures: number;
  /** What the server asked for, 0 when nothing. */
  readonly retryAfterMs: number;
}

/**
 * How long to wait before a feed is read again, in milliseconds.
 *
 * delay = interval × 2^failures, at most a day, at least what the server asks for within that day, ± 10 %
 *
 * @param random - 0 to 1
 */
export function nextReadDelayMs({ intervalMs, failures, retryAfterMs }: ReadHistory, random: number): number {
  const delayMs = Math.min(MAX_DELAY_MS, Math.max(intervalMs * 2 ** failures, retryAfterMs));
  const spread = 1 + (2 * random - 1) * JITTER_SHARE;
  return Math.max(delayMs * spread, Math.min(retryAfterMs, MAX_DELAY_MS));
}
