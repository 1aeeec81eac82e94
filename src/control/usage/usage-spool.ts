import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../lib/write-file-atomic.ts';
import { type UsageBatch, usageBatch } from '../../limits/usage/usage.ts';

/** Batches on disk that the tables did not take: one file each, `<source>.<sequence>.json`. */
export interface UsageSpool {
  readonly isEmpty: boolean;
  readonly bytes: number;
  /** @returns false when there is no room; @throws the error of the file system */
  add(batch: UsageBatch): boolean;
  /** The next batch; those of one source come in their order. */
  next(): SpooledBatch | undefined;
  remove(file: string): void;
  /** Puts a batch aside that cannot be counted. @returns where it is */
  reject(file: string): string;
}

/** A batch with its file; undefined when the file holds none. */
export interface SpooledBatch {
  readonly file: string;
  readonly batch: UsageBatch | undefined;
}

const SUFFIX = '.json';
const SEQUENCE_DIGITS = 12;

/**
 * Opens the spool; what is there was left by a process before.
 *
 * @param limitBytes - how much it holds
 * @param onBytes - told how much waits there, whenever that changes
 */
export function openUsageSpool(
  folder: string,
  limitBytes: number,
  onBytes: (bytes: number) => void = () => {},
): UsageSpool {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const sizes = new Map<string, number>();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort())
    sizes.set(file, statSync(join(folder, file)).size);
  const bytes = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const forget = (file: string): void => {
    sizes.delete(file);
    onBytes(bytes());
  };
  onBytes(bytes());
  return {
    get isEmpty() {
      return sizes.size === 0;
    },
    get bytes() {
      return bytes();
    },
    add(batch) {
      const file = `${batch.source}.${String(batch.sequence).padStart(SEQUENCE_DIGITS, '0')}${SUFFIX}`;
      const text = JSON.stringify(batch);
      const size = Buffer.byteLength(text);
      if (!sizes.has(file) && bytes() + size > limitBytes) return false;
      writeFileAtomic(join(folder, file), text, 0o600);
      sizes.set(file, size);
      onBytes(bytes());
      return true;
    },
    next() {
      const [file] = sizes.keys();
      return file === undefined ? undefined : { file, batch: readBatch(join(folder, file)) };
    },
    remove(file) {
      rmSync(join(folder, file), { force: true });
      forget(file);
    },
    reject(file) {
      const rejected = join(folder, `${file}.rejected`);
      renameSync(join(folder, file), rejected);
      forget(file);
      return rejected;
    },
  };
}

function readBatch(path: string): UsageBatch | undefined {
  try {
    return usageBatch.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
