import { setTimeout as delay } from 'node:timers/promises';
import {
  buildStandIn,
  type LastGoodSnapshot,
  readLastGoodSnapshot,
  saveLastGoodSnapshot,
} from '../control/last-good-snapshot.ts';
import { type OpenControlPlane, openControlPlane } from '../control/open-control-plane.ts';
import { ConfigError, InternalError } from '../errors/errors.ts';
import type { KeyRecord, Snapshot } from '../snapshot.ts';
import type { Foundation } from './foundation.ts';
import type { SubgraphFleet } from './subgraph-fleet.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The control plane, which may be away at the start. */
export interface Control {
  /** Undefined as long as its tables have not been opened. */
  readonly current: OpenControlPlane | undefined;
  /**
   * Hands the first snapshot out: made from the tables; while they are away, the last good one of the disk.
   *
   * @throws ConfigError when there is neither, or workers do not serve it
   */
  start(): Promise<Snapshot>;
  /** Takes over what was changed in files or tables. @throws the reason why what was served before is served on */
  refresh(): Promise<void>;
  /** What an operator should know while the platform serves without its tables. */
  warnings(): readonly string[];
}

type Open = () => Promise<OpenControlPlane>;

/** So long a start waits for tables that do not answer before it goes by the last good snapshot. */
const PATIENCE_MS = 1_500;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Opens the control plane. When its tables are away and something was served before, that is what a start goes by; they
 * are tried again until they are back.
 *
 * @throws ConfigError for what a person has to mend; the error of the tables when nothing was served before
 */
export async function openControl(
  foundation: Foundation,
  fleet: SubgraphFleet | undefined,
  pool: WorkerPool,
  stack: AsyncDisposableStack,
): Promise<Control> {
  const { options, state, log } = foundation;
  const open = createOpen(foundation, fleet, pool);
  const stopped = new AbortController();
  const lastGood = await readLastGood(foundation);
  let opening = open();
  let reason: unknown;
  let isAway = false;
  let current = await withPatience(opening, lastGood).catch((error: unknown) => {
    if (lastGood === undefined || isMendedByPerson(error)) throw error;
    reason = error;
    return undefined;
  });
  stack.defer(async () => {
    stopped.abort();
    await current?.close();
  });
  const leadAgain = async (opened: OpenControlPlane): Promise<void> => {
    await opened.plane.start();
    current = opened;
    isAway = false;
    log.info('the tables of the control plane are back, and lead again');
  };
  const standInFor = (lastGood: Snapshot) => buildStandIn({ ...options, state, lastGood });
  const startWithout = async ({ snapshot, signedAtMs }: LastGoodSnapshot): Promise<Snapshot> => {
    const standIn = await standInFor(snapshot);
    const facts = { reason: reasonOf(reason), snapshotId: snapshot.id, from: toIso(signedAtMs) };
    log.warn(facts, 'the tables of the control plane are away: the last good snapshot of the disk is served');
    isAway = true;
    await pool.start(standIn);
    void keepTrying({ opening, open, onOpen: leadAgain, stopped: stopped.signal, foundation });
    return standIn;
  };

  return {
    get current() {
      return current;
    },
    async start() {
      try {
        if (current !== undefined) return await current.plane.start();
      } catch (error) {
        // Workers that do not serve what they were handed would not serve the other one either.
        if (lastGood === undefined || isMendedByPerson(error) || pool.snapshot !== undefined) throw error;
        reason = error;
        await current?.close();
        current = undefined;
        opening = open();
      }
      if (lastGood === undefined) throw new InternalError('there is nothing to serve');
      return startWithout(lastGood);
    },
    async refresh() {
      if (current !== undefined) await current.plane.refresh();
      else if (isAway && lastGood !== undefined) await pool.reload(await standInFor(lastGood.snapshot));
    },
    warnings: () => warningsOf(isAway ? lastGood : undefined, current),
  };
}

/** @param standIn - what is served instead of what the tables say now */
function warningsOf(
  standIn: LastGoodSnapshot | undefined,
  current: OpenControlPlane | undefined,
): readonly string[] {
  if (standIn !== undefined)
    return [`the control plane is away; what it said at ${toIso(standIn.signedAtMs)} is served`];
  return current?.plane.isAway ? ['the control plane is away; what it said last is served'] : [];
}

/** How the control plane is opened, each time anew: the first snapshot starts the workers, each later one is swapped in. */
function createOpen(foundation: Foundation, fleet: SubgraphFleet | undefined, pool: WorkerPool): Open {
  const { options, state, trust, log } = foundation;
  const publish = async (snapshot: Snapshot): Promise<void> => {
    if (pool.snapshot === undefined) await pool.start(snapshot);
    else await pool.reload(snapshot);
    log.level = snapshot.settings.logging.level;
    keepOnDisk(foundation, pool);
  };
  return () =>
    openControlPlane({
      ...options,
      // Whoever works on the demo's schemas sees them served; in production the registry leads.
      filesMode: options.demo === undefined ? 'seed' : 'follow',
      state,
      trust,
      subgraphUrls: fleet === undefined ? undefined : () => fleet.urls(),
      publish,
      publishKeys: (keys: readonly KeyRecord[]) => pool.replaceKeys(keys),
      log,
    });
}

/** A full disk is no reason to refuse what workers serve already. */
function keepOnDisk({ state, log }: Foundation, pool: WorkerPool): void {
  try {
    if (pool.signedSnapshot !== undefined) saveLastGoodSnapshot(state.snapshotFile, pool.signedSnapshot);
  } catch (error) {
    log.error({ err: error }, 'the snapshot cannot be kept on the disk; the one before stays there');
  }
}

/** Undefined where there is none that may be gone by. */
async function readLastGood({
  options,
  state,
  trust,
  log,
}: Foundation): Promise<LastGoodSnapshot | undefined> {
  // A demo is made anew with its tables.
  if (options.demo !== undefined) return undefined;
  try {
    const lastGood = await readLastGoodSnapshot(state.snapshotFile, trust.snapshotKey);
    // Who asks for keys does not take them from one who did not.
    return lastGood?.snapshot.open && !options.open ? undefined : lastGood;
  } catch (error) {
    log.warn({ reason: reasonOf(error), file: state.snapshotFile }, 'the last good snapshot cannot be used');
    return undefined;
  }
}

function withPatience(
  opening: Promise<OpenControlPlane>,
  lastGood: LastGoodSnapshot | undefined,
): Promise<OpenControlPlane> {
  if (lastGood === undefined) return opening;
  // Awaited again later on; until then nobody else hears of its failure.
  opening.catch(() => {});
  const late = new AbortController();
  const giveUp = async (): Promise<never> => {
    await delay(PATIENCE_MS, undefined, late);
    throw new Error(`they do not answer within ${PATIENCE_MS} ms`);
  };
  return Promise.race([opening, giveUp()]).finally(() => late.abort());
}

interface Tries {
  /** The first of them, which is under way. */
  readonly opening: Promise<OpenControlPlane>;
  readonly open: Open;
  readonly onOpen: (opened: OpenControlPlane) => Promise<void>;
  readonly stopped: AbortSignal;
  readonly foundation: Pick<Foundation, 'log'>;
}

/** Tries to open the control plane until it is open, after growing pauses. */
async function keepTrying({ opening, open, onOpen, stopped, foundation: { log } }: Tries): Promise<void> {
  let next = opening;
  let pauseMs = FIRST_PAUSE_MS;
  while (!stopped.aborted) {
    let opened: OpenControlPlane | undefined;
    try {
      opened = await next;
      if (!stopped.aborted) return await onOpen(opened);
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'the tables of the control plane are still away');
    }
    await opened?.close();
    await delay(pauseMs, undefined, { signal: stopped }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    if (!stopped.aborted) next = open();
  }
}

/** A fault in a file or in us, not tables that are away. */
function isMendedByPerson(error: unknown): boolean {
  return error instanceof ConfigError || error instanceof InternalError;
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
