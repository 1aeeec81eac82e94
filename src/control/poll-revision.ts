import { coalesce } from '../lib/coalesce.ts';
import type { Logger } from '../observability/logger.ts';
import type { Database } from '../storage/database.ts';
import { readRevision } from '../storage/revision.ts';

export interface RevisionPollOptions {
  readonly database: Database;
  /** The revision that is known already. */
  readonly revision: number;
  readonly pollMs: number;
  /** Called for a revision that is new; when it fails it is called again, after growing pauses. */
  readonly onChange: () => Promise<void>;
  readonly log: Logger;
}

/** Asks the tables; stopped by who started it. */
export interface RevisionPoll {
  /** Whether the tables could not be read the last time. */
  readonly isAway: boolean;
  /** Asks now instead of at the next turn. */
  lookNow(): void;
  stop(): void;
}

/** The pauses between tries of a change that fails: doubled each time, up to this. */
const MAX_PAUSE_MS = 60_000;

/** A change that could not be taken over. */
interface FailedChange {
  readonly revision: number;
  readonly pauseMs: number;
  readonly retryAtMs: number;
}

/**
 * Asks the tables again and again whether somebody has changed them: another process, another machine, or this one when
 * its own notice was lost.
 */
export function pollRevision(options: RevisionPollOptions): RevisionPoll {
  const { database, pollMs, onChange, log } = options;
  let known = options.revision;
  /** The revision that is being taken over. */
  let underWay: number | undefined;
  let failed: FailedChange | undefined;
  let isAway = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  const read = async (): Promise<number | undefined> => {
    try {
      const revision = await readRevision(database);
      if (isAway) log.info('the tables can be read again');
      isAway = false;
      return revision;
    } catch (error) {
      if (!isAway && !isStopped) {
        log.error({ err: error }, 'the tables cannot be read; what was read before holds');
      }
      isAway = true;
      return undefined;
    }
  };
  const takeOver = async (revision: number, pauseBeforeMs: number): Promise<void> => {
    underWay = revision;
    try {
      await onChange();
      known = Math.max(known, revision);
      failed = undefined;
    } catch {
      // Whoever refreshes has told why.
      const pauseMs = Math.min(pauseBeforeMs * 2, MAX_PAUSE_MS);
      failed = { revision, pauseMs, retryAtMs: performance.now() + pauseMs };
    } finally {
      if (underWay === revision) underWay = undefined;
    }
  };
  const look = async (): Promise<void> => {
    const revision = await read();
    if (revision === undefined || revision === known || revision === underWay || isStopped) return;
    // The same change is not tried at each look; one that comes after it is.
    const again = failed?.revision === revision ? failed : undefined;
    if (again !== undefined && performance.now() < again.retryAtMs) return;
    // Not waited for: a change that comes while one is taken over has to be seen, too.
    void takeOver(revision, again?.pauseMs ?? pollMs);
  };
  // One look at a time; whoever calls meanwhile gets one that begins later.
  const lookOnce = coalesce(look);
  const schedule = (): void => {
    if (!isStopped) timer = setTimeout(() => void lookOnce().then(schedule), pollMs).unref();
  };
  schedule();
  return {
    get isAway() {
      return isAway;
    },
    lookNow: () => void lookOnce(),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
