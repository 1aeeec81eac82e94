import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { sha256 } from '../../lib/sha256.ts';
import { writeFileAtomic } from '../../lib/write-file-atomic.ts';
import { type CompositionInput, type CompositionOutcome, compositionOutcome } from './composition-outcome.ts';

/** How many results stay on disk; going back and forth between a few schemas needs no more. */
const KEPT_RESULTS = 8;

/** Composed supergraphs by the hash of all that composition reads, so that an unchanged start composes nothing. */
export interface CompositionCache {
  /** The outcome of an earlier composition of the same inputs; undefined when there is none or it is damaged. */
  get(key: string): CompositionOutcome | undefined;
  /** Keeps an outcome, and drops the oldest ones beyond eight. */
  set(key: string, outcome: CompositionOutcome): void;
}

/** The key of a composition: what is composed, pinned version, and the version of the composing package. */
export function compositionKey(federationVersion: string, input: CompositionInput): string {
  // Reading the manifest loads none of the package's code.
  const { version } = createRequire(import.meta.url)('@apollo/composition/package.json') as {
    version: string;
  };
  return sha256(canonicalJson({ version, federationVersion, input }));
}

/** @param directory - made when it is missing */
export function createCompositionCache(directory: string): CompositionCache {
  const fileOf = (key: string): string => join(directory, `${key}.json`);
  return {
    get(key) {
      try {
        return compositionOutcome.parse(JSON.parse(readFileSync(fileOf(key), 'utf8')));
      } catch {
        return undefined;
      }
    },
    set(key, outcome) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileAtomic(fileOf(key), JSON.stringify(outcome), 0o600);
      dropOldest(directory);
    },
  };
}

function dropOldest(directory: string): void {
  const files = readdirSync(directory)
    .map((name) => join(directory, name))
    .map((file) => ({ file, writtenAtMs: statSync(file).mtimeMs }))
    .sort((left, right) => right.writtenAtMs - left.writtenAtMs);
  for (const { file } of files.slice(KEPT_RESULTS)) rmSync(file, { force: true });
}
