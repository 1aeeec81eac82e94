import type { FieldWindow, WindowOutcome } from './field-window.ts';

/** What was taken at one time under one id. */
export interface LoggedTake {
  readonly id: string;
  readonly count: number;
  /** In milliseconds since the epoch. */
  readonly atMs: number;
}

/** Leaves out what is older than the window. @param log - the oldest first */
export function liveTakes(
  log: readonly LoggedTake[],
  { windowMs }: Pick<FieldWindow, 'windowMs'>,
  nowMs: number,
): readonly LoggedTake[] {
  return log.filter(({ atMs }) => atMs + windowMs > nowMs);
}

/** How often the field was asked for. */
export function countTakes(log: readonly LoggedTake[]): number {
  return log.reduce((sum, { count }) => sum + count, 0);
}

/**
 * Says whether so many more fit, and else when they will: when enough of the oldest have left the window.
 *
 * @param log - what is in the window, the oldest first
 */
export function judgeTake(
  log: readonly LoggedTake[],
  { max, windowMs }: Pick<FieldWindow, 'max' | 'windowMs'>,
  count: number,
  nowMs: number,
): WindowOutcome {
  const used = countTakes(log);
  let excess = used + count - max;
  if (excess <= 0) return { isGranted: true, used, waitMs: 0 };
  for (const { count: gone, atMs } of log) {
    excess -= gone;
    if (excess <= 0) return { isGranted: false, used, waitMs: Math.max(1, atMs + windowMs - nowMs) };
  }
  return { isGranted: false, used, waitMs: windowMs };
}
