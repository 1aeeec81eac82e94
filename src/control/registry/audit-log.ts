import { ulid } from 'ulid';
import type { Database } from '../../storage/database.ts';

/** Something that somebody did, or tried to do. */
export interface AuditEntry {
  /** As `actorName` writes it. */
  readonly actor: string;
  /** Such as `publish`. */
  readonly action: string;
  /** What it was done to, such as `social`. */
  readonly subject: string;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  /** A sentence for people; no secrets. */
  readonly detail: string;
}

export interface RecordedAuditEntry extends AuditEntry {
  readonly atMs: number;
}

/** Who did what. Entries are added and never changed. */
export interface AuditLog {
  add(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<readonly RecordedAuditEntry[]>;
}

const LONGEST_DETAIL = 2_000;

export function createAuditLog(database: Database, now: () => number = Date.now): AuditLog {
  return {
    async add({ detail, ...entry }) {
      const at = now();
      await database
        .insertInto('audit_entry')
        .values({ id: ulid(at), at, ...entry, detail: detail.slice(0, LONGEST_DETAIL) })
        .execute();
    },
    async list(limit) {
      const rows = await database
        .selectFrom('audit_entry')
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ id, at, ...entry }) => ({ ...entry, atMs: at }));
    },
  };
}
