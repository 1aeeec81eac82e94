const dayMs = 86_400_000;

/** Milliseconds of a UTC day's start. @param day - `YYYY-MM-DD` */
export function startOfDayMs(day: string): number {
  return Date.parse(`${day}T00:00:00.000Z`);
}

/** The day that lies `count` days after `day` (before it when negative), as `YYYY-MM-DD`. */
export function addDays(day: string, count: number): string {
  return new Date(startOfDayMs(day) + count * dayMs).toISOString().slice(0, 10);
}

/** The instant at which a UTC day is closed: the start of the next one, RFC 3339 with milliseconds. */
export function closeOfDay(day: string): string {
  return new Date(startOfDayMs(day) + dayMs).toISOString();
}

/** `count` consecutive days that end with `last`, ascending. */
export function daysEndingAt(last: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(last, index - count + 1));
}
