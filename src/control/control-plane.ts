import { coalesce } from '../lib/coalesce.ts';
import type { Logger } from '../observability/logger.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Database } from '../storage/database.ts';
import { type Change, readRevision, withRevision } from '../storage/revision.ts';
import { buildSnapshot, type SnapshotContent } from './build-snapshot.ts';
import { type Notices, noNotices } from './notices.ts';
import type { SnapshotPart } from './parts/snapshot-part.ts';
import { pollRevision, type RevisionPoll } from './poll-revision.ts';

/** Makes the snapshots that workers serve from, and a new one whenever a part of it changes. */
export interface ControlPlane {
  /** What workers serve from; undefined before the start. */
  readonly snapshot: Snapshot | undefined;
  /** Whether the tables cannot be read now; what was read before is served. */
  readonly isAway: boolean;
  /**
   * Makes the first snapshot and hands it out, then follows the tables.
   *
   * @throws the error of the part that cannot be read, or of `publish`
   */
  start(): Promise<Snapshot>;
  /**
   * Reads all parts anew and hands the snapshot out, if it is another one. Calls at the same time share a run that
   * begins after them. Before the start there is nothing to do.
   *
   * @throws the reason why a part could not be read or the new snapshot is not served; it is in the log, and what
   *   was served before holds
   */
  refresh(): Promise<void>;
  /**
   * Makes a change of the tables and refreshes. What was changed stays changed when the new snapshot is refused: that
   * is told in the log.
   */
  readonly change: Change;
  stop(): void;
}

export interface ControlPlaneOptions {
  readonly database: Database;
  /** In the order in which they are put on top of each other. */
  readonly parts: readonly SnapshotPart[];
  /** Hands a snapshot to the workers. @throws when they do not serve it */
  readonly publish: (snapshot: Snapshot) => Promise<void>;
  /**
   * Hands the keys as they are now to the workers, past a snapshot that is being handed out: that may take seconds, and a
   * revoked key ends within one.
   */
  readonly hurryKeys: () => Promise<void>;
  readonly pollMs: number;
  /** Tells other machines at once; without it they find out by asking. */
  readonly notices?: Notices;
  readonly log: Logger;
}

export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { database, parts, publish, hurryKeys, pollMs, notices = noNotices, log } = options;
  const known = new Map<SnapshotPart, Partial<SnapshotContent>>();
  let current: Snapshot | undefined;
  let poll: RevisionPoll | undefined;
  let isStopped = false;

  /** One broken part does not hold up the others: a revoked key ends although gateway.yaml has a fault. */
  const readParts = async (): Promise<readonly unknown[]> => {
    const results = await Promise.allSettled(parts.map((part) => part.read()));
    return results.flatMap((result, index) => {
      const part = parts[index] as SnapshotPart;
      if (result.status === 'fulfilled') {
        known.set(part, result.value);
        return [];
      }
      if (current !== undefined) {
        const reason = reasonOf(result.reason);
        log.error({ reason }, `${part.name} cannot be read; what was read before holds`);
      }
      return [result.reason];
    });
  };
  const build = (): Snapshot => buildSnapshot(mergeParts(parts.map((part) => known.get(part) ?? {})));
  let isRefreshing = false;
  let isPublishing = false;
  /** Set by a change that comes while a refresh runs: what that one hands out may have older keys. */
  let isLate = false;
  // One after another, so that the last one that is handed out is the newest.
  const hurryOnce = coalesce(hurryKeys);
  const hurry = (): void => {
    hurryOnce().catch((error) => log.error({ reason: reasonOf(error) }, 'the keys cannot be read'));
  };
  const swap = async (next: Snapshot): Promise<void> => {
    if (next.id === current?.id) return;
    isPublishing = true;
    try {
      const published = publish(next);
      if (isLate) hurry();
      await published;
    } finally {
      isPublishing = false;
    }
    current = next;
  };
  /** Who may call does not wait until somebody has mended what cannot be served. */
  const swapKeysAlone = async ({ keys }: Snapshot, { id, ...content }: Snapshot): Promise<void> =>
    swap(buildSnapshot({ ...content, keys }));
  const refreshOnce = async (before: Snapshot): Promise<void> => {
    const failures = await readParts();
    const next = build();
    try {
      await swap(next);
    } catch (error) {
      const facts = { reason: reasonOf(error), snapshotId: next.id };
      log.error(facts, 'a new snapshot is refused; the one before holds');
      await swapKeysAlone(next, before);
      throw error;
    }
    if (failures.length > 0) throw failures[0];
  };
  const refreshAll = coalesce(async () => {
    if (current === undefined) return;
    isRefreshing = true;
    isLate = false;
    try {
      await refreshOnce(current);
    } finally {
      isRefreshing = false;
    }
  });
  const refresh = (): Promise<void> => {
    if (isRefreshing) {
      isLate = true;
      if (isPublishing) hurry();
    }
    return refreshAll();
  };
  const change = withRevision(database);

  return {
    get snapshot() {
      return current;
    },
    get isAway() {
      return poll?.isAway ?? false;
    },
    async start() {
      const revision = await readRevision(database);
      const [failure] = await readParts();
      if (failure !== undefined) throw failure;
      const first = build();
      await swap(first);
      // A start that fails elsewhere is undone while this one still waits for its workers.
      if (isStopped) return first;
      poll = pollRevision({ database, revision, pollMs, log, onChange: refresh });
      notices.follow(poll.lookNow);
      return first;
    },
    refresh,
    async change(work) {
      const result = await change(work);
      notices.send();
      await refresh().catch(() => {});
      return result;
    },
    stop() {
      isStopped = true;
      poll?.stop();
    },
  };
}

function mergeParts(parts: readonly Partial<SnapshotContent>[]): SnapshotContent {
  const merged = Object.assign({ documents: [] }, ...parts) as SnapshotContent;
  const routingUrls = Object.assign(
    {},
    ...parts.map((part) => part.routingUrls),
  ) as SnapshotContent['routingUrls'];
  return { ...merged, routingUrls };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
