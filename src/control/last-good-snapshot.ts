import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '../lib/write-file-atomic.ts';
import type { Snapshot } from '../snapshot.ts';
import { snapshotSchema } from './snapshot-schema.ts';

/** Keeps a snapshot that is being served, for a start while the sources of the schema are away. */
export function saveLastGoodSnapshot(file: string, snapshot: Snapshot): void {
  writeFileAtomic(file, JSON.stringify(snapshot), 0o600);
}

/** The last snapshot that was served; undefined when there is none or it is damaged. */
export function readLastGoodSnapshot(file: string): Snapshot | undefined {
  try {
    return snapshotSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
