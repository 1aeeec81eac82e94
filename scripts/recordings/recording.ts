import { createHash } from 'node:crypto';

/** Where a recorded day ends for all sets: the day 2026-08-07 is closed at this instant. */
export const recordingClock = '2026-08-08T00:00:00.000Z';

/** The last closed day of all sets. */
export const lastRecordedDay = '2026-08-07';

/** What a manifest says about one file. */
export interface RecordingFile {
  /** Relative to the manifest. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Data rows, the header not counted; entries for JSON. */
  readonly rows: number;
  /** The first and the last date or instant of the rows; null when they carry none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly tokenId?: string;
  readonly interval?: 'ONE_MINUTE' | 'ONE_HOUR' | 'ONE_DAY';
  readonly currency?: string;
  readonly source: string;
  readonly licence: string;
  readonly note?: string;
}

/** Rows of a source that a set does not hold, and why. */
export interface LeftOut {
  readonly what: string;
  readonly rows: number;
  readonly reason: string;
}

/** What a recording says about itself: `manifest.json`. */
export interface RecordingManifest {
  readonly id: string;
  readonly title: string;
  readonly kind: 'recorded';
  readonly licence: string;
  readonly attribution: string;
  /** "synthetic" for figures that a model made. */
  readonly source: string;
  /** The day the sources were read. */
  readonly retrievedAt: string;
  /** The end of the recording, at which every day in it is closed. */
  readonly clock: string;
  readonly notes: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** How a synthetic set was made. */
  readonly model?: { readonly name: string; readonly version: number; readonly seed: string };
}

/** A file of a recording before it is written. */
export interface RecordingEntry {
  readonly content: string;
  readonly description: Omit<RecordingFile, 'sha256' | 'bytes'>;
}

/** A recording in memory. */
export interface Recording {
  readonly manifest: RecordingManifest;
  readonly entries: readonly RecordingEntry[];
}

/** Describes one file of a recording with its size and checksum. */
export function describeFile(entry: RecordingEntry): RecordingFile {
  const { path, ...rest } = entry.description;
  return {
    path,
    sha256: createHash('sha256').update(entry.content).digest('hex'),
    bytes: Buffer.byteLength(entry.content),
    ...rest,
  };
}

/** Writes a list as JSON with one entry a line, so that a change of one entry is a change of one line. */
export function formatJsonLines(entries: readonly unknown[]): string {
  return `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`;
}

/** Writes the manifest of a recording, its files described one a line. */
export function formatManifest(recording: Recording): string {
  const head = JSON.stringify(recording.manifest, null, 2).replace(/\n\}$/u, '');
  const files = recording.entries.map((entry) => `    ${JSON.stringify(describeFile(entry))}`);
  return `${head},\n  "files": [\n${files.join(',\n')}\n  ]\n}\n`;
}
