import { InvalidArgumentError } from 'commander';

const MAX_PORT = 65_535;
const MAX_WORKERS = 64;
const MAX_DAYS = 3_660;

/** Reads a port; 0 means any free one. @throws InvalidArgumentError */
export function parsePort(text: string): number {
  return parseInteger(text, 0, MAX_PORT, 'a port from 0 to 65535');
}

/** Reads the first of four ports in a row; 0 means any free ones. @throws InvalidArgumentError */
export function parseFirstOfFourPorts(text: string): number {
  return parseInteger(text, 0, MAX_PORT - 3, 'a port from 0 to 65532');
}

/** Reads a number of days. @throws InvalidArgumentError */
export function parseDays(text: string): number {
  return parseInteger(text, 1, MAX_DAYS, 'a whole number of days from 1 to 3660');
}

/** Reads a number of workers. @throws InvalidArgumentError */
export function parseWorkers(text: string): number {
  return parseInteger(text, 1, MAX_WORKERS, 'a whole number from 1 to 64');
}

const LAYERS = ['entities', 'requests', 'coalesce', 'operations'] as const;

/** Which layers share work; those that are not named are off. */
export type SharingOverride = Readonly<Record<(typeof LAYERS)[number], boolean>>;

/** Reads `none` or a list such as `entities,requests`. @throws InvalidArgumentError */
export function parseSharing(text: string): SharingOverride {
  const names = text === 'none' ? [] : text.split(',');
  const unknown = names.find((name) => !(LAYERS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`expected none, or some of ${LAYERS.join(',')}; found "${unknown}"`);
  }
  return Object.fromEntries(LAYERS.map((layer) => [layer, names.includes(layer)])) as SharingOverride;
}

/** Reads an http or https URL. @throws InvalidArgumentError */
export function parseHttpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('expected a URL such as http://127.0.0.1:4100');
}

/** Reads a list such as `a,b`. */
export function parseList(text: string): readonly string[] {
  return text.split(',').filter(Boolean);
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads `90d`, `24h`, `30m` or `10s`. @returns milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('expected a duration such as 30m, 24h or 90d');
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/**
 * Reads a time: a duration from now, or a date or time of ISO 8601 (UTC unless it says otherwise).
 *
 * @returns milliseconds since the epoch
 * @throws InvalidArgumentError
 */
export function parseTime(text: string): number {
  if (/^\d+[smhd]$/.test(text)) return Date.now() + parseDuration(text);
  const ms = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError(
    'expected a duration such as 90d, a date such as 2027-01-31, or 2027-01-31T12:00:00Z',
  );
}

/**
 * Reads a day: `today`, one that lies so many days back such as `7d`, or a date.
 *
 * @returns `YYYY-MM-DD` in UTC
 * @throws InvalidArgumentError
 */
export function parseDay(text: string): string {
  const daysBack = text === 'today' ? '0' : /^(\d{1,4})d$/.exec(text)?.[1];
  const ms =
    daysBack !== undefined
      ? Date.now() - Number(daysBack) * UNIT_MS.d
      : /^\d{4}-\d{2}-\d{2}$/.test(text)
        ? Date.parse(text)
        : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString().slice(0, 10);
  throw new InvalidArgumentError('expected today, days back such as 7d, or a date such as 2026-11-22');
}

function parseInteger(text: string, least: number, most: number, expected: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`expected ${expected}`);
}
