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

function parseInteger(text: string, least: number, most: number, expected: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`expected ${expected}`);
}
