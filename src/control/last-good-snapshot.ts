import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '../lib/write-file-atomic.ts';
import type { Snapshot } from '../snapshot.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { loadSupergraph, type SupergraphSource } from './load-supergraph.ts';
import type { SettingsSource } from './settings-source.ts';
import { openSignedSnapshot, type SignedSnapshot } from './signed-snapshot.ts';
import type { StateDirectory } from './state-directory.ts';

/** A snapshot that was served once. */
export interface LastGoodSnapshot {
  readonly snapshot: Snapshot;
  /** Milliseconds since the epoch. */
  readonly signedAtMs: number;
}

/**
 * Keeps a snapshot that is being served, for a start while the tables are away. It holds hashes of keys and no secret of
 * the platform, but it tells everything about the schema: only its owner reads it.
 *
 * @throws the error of the file system; the file before is whole then
 */
export function saveLastGoodSnapshot(file: string, signed: SignedSnapshot): void {
  writeFileAtomic(file, JSON.stringify(signed), 0o600);
}

/**
 * The last snapshot that was served; undefined when there is none.
 *
 * @param key - the key that the primary signs with
 * @throws ConfigError SNAPSHOT_REFUSED when it is damaged, or somebody else has made it
 */
export async function readLastGoodSnapshot(
  file: string,
  key: KeyObject,
): Promise<LastGoodSnapshot | undefined> {
  if (!existsSync(file)) return undefined;
  const signed = readJson(file);
  const snapshot = await openSignedSnapshot(signed, createPublicKey(key));
  return { snapshot, signedAtMs: (signed as SignedSnapshot).signedAtMs };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Cut off, or no JSON at all: it has no form that anybody could read.
    return undefined;
  }
}

export interface StandInOptions {
  readonly lastGood: Snapshot;
  readonly settings: SettingsSource;
  readonly supergraph: SupergraphSource;
  readonly state: StateDirectory;
  readonly open: boolean;
}

/**
 * What is served as long as the tables cannot be read: what they said last, under the settings and options of now. A
 * platform that asks for keys does not take them from one that did not.
 *
 * @throws ConfigError when the settings or the supergraph file have a fault
 */
export async function buildStandIn(options: StandInOptions): Promise<Snapshot> {
  const { lastGood, settings, supergraph, state, open } = options;
  const { id, ...known } = lastGood;
  const served = 'file' in supergraph ? await loadSupergraph(supergraph.file, state) : {};
  const keys = open ? [] : known.keys;
  return buildSnapshot({ ...known, ...served, keys, open, settings: settings.read() });
}
