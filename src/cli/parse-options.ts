import { InvalidArgumentError } from 'commander';

const MAX_PORT = 65_535;
const MAX_WORKERS = 64;

/** Reads a port; 0 means any free one. @throws InvalidArgumentError */
export function parsePort(text: string): number {
  return parseInteger(text, 0, MAX_PORT, 'a port from 0 to 65535');
}

/** Reads the first of four ports in a row; 0 means any free ones. @throws InvalidArgumentError */
export function parseFirstOfFourPorts(text: string): number {
  return parseInteger(text, 0, MAX_PORT - 3, 'a port from 0 to 65532');
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

function parseInteger(text: string, least: number, most: number, expected: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`expected ${expected}`);
}
