/** One hour, in milliseconds. */
export const HOUR_MS = 3_600_000;
/** The length of a UTC day in milliseconds; UTC as used here has no leap seconds. */
export const DAY_MS = 24 * HOUR_MS;

/**
 * How recorded time becomes the platform's time.
 *
 * - `fixed`: it is always the end of the recording; answers are the same for ever (tests).
 * - `shift`: the recording is moved by whole days, so that its last day is today and plays in real time (dev).
 * - `loop`: the last seven days of the recording run again and again, beginning when the process starts.
 */
export type ClockMode = 'fixed' | 'shift' | 'loop';

const LOOP_MS = 7 * DAY_MS;

/**
 * The end of all recorded sets: the instant at which their last day, 2026-08-07, is closed. One constant, so
 * that four programs agree on the time without asking each other; a test holds it equal to the manifests.
 */
export const RECORDING_END_MS = Date.parse('2026-08-08T00:00:00Z');

/** The platform's time. Domain code never reads the system's clock itself. */
export interface Clock {
  readonly mode: ClockMode;
  /** What is added to a recorded instant to place it in the platform's time, in milliseconds; whole days, 0 unless shifted. */
  readonly offsetMs: number;
  /** Now, in milliseconds since the epoch, in the platform's time. */
  now(): number;
}

/**
 * Makes the platform's clock.
 *
 * @param mode - how recorded time becomes the platform's time
 * @param systemNow - the system's time in milliseconds; tests hand in their own
 */
export function createClock(mode: ClockMode, systemNow: () => number = Date.now): Clock {
  if (mode === 'fixed') return { mode, offsetMs: 0, now: () => RECORDING_END_MS };
  if (mode === 'shift') {
    return {
      mode,
      // Read anew each time: at midnight the recording moves on by a day.
      get offsetMs() {
        return startOfDay(systemNow()) + DAY_MS - RECORDING_END_MS;
      },
      now: systemNow,
    };
  }
  const startedAt = systemNow();
  return {
    mode,
    offsetMs: 0,
    now: () => RECORDING_END_MS - LOOP_MS + ((systemNow() - startedAt) % LOOP_MS),
  };
}

/** The start of the UTC day of an instant; both in milliseconds. */
export function startOfDay(instantMs: number): number {
  return Math.floor(instantMs / DAY_MS) * DAY_MS;
}
