import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { StoreWatch } from '../store-watch.ts';
import type { WindowOutcome, WindowStore, WindowTake } from './field-window.ts';
import type { WindowKeeper } from './window-keeper.ts';
import { countTakes, judgeTake, type LoggedTake, liveTakes } from './window-log.ts';

export interface KeepWindowsOptions {
  /** How many workers count the same accounts, over all machines. */
  readonly workers: number;
  /** See `budgets.outageShare` in gateway.yaml. */
  readonly outageShare: number;
  readonly decisionTimeoutMs: number;
  readonly onAway?: (reason: string) => void;
  readonly onBack?: () => void;
  /** This process's time, in milliseconds since the epoch. */
  readonly now?: () => number;
}

interface OwnTake extends LoggedTake {
  readonly take: WindowTake;
  /** Whether the store knows of it. */
  readonly isWritten: boolean;
}

/** Logs of this worker's own takes that are kept; the one that was not asked for longest makes room. */
const MOST_LOGS = 50_000;
/** What waits to be given back while the store is away; what is beyond leaves a window by itself. */
const MOST_PENDING = 50_000;
const PROBE_WINDOW = { coordinate: 'probe', max: 1_000_000, windowMs: 1_000 };

/** A keeper that can tell the store again what it has granted. */
export interface RememberingWindowKeeper extends WindowKeeper {
  /** Enters what is in windows yet, in the background: for a store that was reached anew and may be empty. */
  remind(): void;
}

/** Keeps windows in the store of this process: of several workers each enforces its share. */
export function keepWindowsLocally(store: WindowStore, workers: number): WindowKeeper {
  const shared = (take: WindowTake): WindowTake => ({
    ...take,
    window: { ...take.window, max: shareOf(take.window.max, workers) },
  });
  return {
    take: (take) => store.take(shared(take)),
    giveBack: (take) => void store.giveBack(take),
    close() {},
  };
}

/**
 * Keeps windows in a store that several processes share, and goes on without it.
 *
 * While the store is away, a worker that is alone goes by what it has granted itself. Of several, each has seen a part:
 * for the length of one window together they grant no more than `outageShare` of the limit; after that nothing from
 * before can be in the window any more, and each grants its part of the limit, one at least. When the store is back each
 * enters what it has granted, meanwhile and before: the store may have forgotten.
 */
export function keepWindows(store: WindowStore, options: KeepWindowsOptions): RememberingWindowKeeper {
  return new StoreWindowKeeper(store, options);
}

class StoreWindowKeeper implements RememberingWindowKeeper {
  readonly #store: WindowStore;
  readonly #options: Required<KeepWindowsOptions>;
  readonly #watch: StoreWatch;
  readonly #own = new LRUCache<string, readonly OwnTake[]>({ max: MOST_LOGS });
  #pending: WindowTake[] = [];
  #awaySinceMs = 0;

  constructor(store: WindowStore, options: KeepWindowsOptions) {
    this.#store = store;
    this.#options = { now: Date.now, onAway: () => {}, onBack: () => {}, ...options };
    this.#watch = new StoreWatch({
      decisionTimeoutMs: options.decisionTimeoutMs,
      onAway: (reason) => {
        this.#awaySinceMs = this.#options.now();
        this.#options.onAway(reason);
      },
      onBack: () => this.#options.onBack(),
      recover: () => this.#recover(),
    });
  }

  async take(take: WindowTake): Promise<WindowOutcome> {
    if (this.#watch.isAway) return this.#takeLocally(take);
    const outcome = await this.#watch.decide(this.#store.take(take));
    if (outcome === undefined) {
      // It may be taken all the same: under its id it counts once if it is granted here, and is given back if not.
      const local = this.#takeLocally(take);
      if (!local.isGranted) this.#giveBackLater(take);
      return local;
    }
    if (outcome.isGranted) this.#log(take, true);
    return outcome;
  }

  giveBack(take: WindowTake): void {
    this.#own.set(
      keyOf(take),
      this.#read(take).filter(({ id }) => id !== take.id),
    );
    if (this.#watch.isAway) this.#giveBackLater(take);
    else this.#store.giveBack(take).catch(() => this.#giveBackLater(take));
  }

  remind(): void {
    // What fails now is entered when the store is back.
    if (!this.#watch.isAway) this.#write().catch(() => {});
  }

  close(): void {
    this.#watch.close();
  }

  #takeLocally(take: WindowTake): WindowOutcome {
    const { workers, outageShare, now } = this.#options;
    const { window, count } = take;
    const log = this.#read(take);
    const blindMs = workers === 1 ? 0 : this.#awaySinceMs + window.windowMs - now();
    const isBlind = blindMs > 0;
    const ofOutage = countTakes(log.filter(({ isWritten }) => !isWritten));
    const blindShare = Math.floor((window.max * outageShare) / workers);
    if (isBlind && ofOutage + count > blindShare) {
      return { isGranted: false, used: countTakes(log), waitMs: blindMs };
    }
    const max = isBlind ? window.max : shareOf(window.max, workers);
    const outcome = judgeTake(log, { ...window, max }, count, now());
    if (outcome.isGranted) this.#log(take, false);
    return outcome;
  }

  #log(take: WindowTake, isWritten: boolean): void {
    const { id, count } = take;
    const entry = { id, count, take, isWritten, atMs: this.#options.now() };
    this.#own.set(keyOf(take), [...this.#read(take), entry]);
  }

  #read(take: WindowTake): readonly OwnTake[] {
    const log = this.#own.get(keyOf(take)) ?? [];
    return liveTakes(log, take.window, this.#options.now()) as readonly OwnTake[];
  }

  #giveBackLater(take: WindowTake): void {
    if (this.#pending.length < MOST_PENDING) this.#pending.push(take);
  }

  async #recover(): Promise<boolean> {
    const probe = { account: '~probe', window: PROBE_WINDOW, id: randomUUID(), count: 1 };
    try {
      // Reading shows nothing: a replica and a full store answer, and take no writes.
      await this.#store.take(probe);
      // What came up meanwhile is written in the next round, before anybody asks the store again.
      await this.#write();
      await this.#write();
      return true;
    } catch {
      return false;
    }
  }

  async #write(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    try {
      await Promise.all(pending.map((take) => this.#store.giveBack(take)));
    } catch (error) {
      this.#pending.unshift(...pending);
      throw error;
    }
    for (const [key, log] of [...this.#own.entries()]) {
      const nowMs = this.#options.now();
      const live = log.filter(({ atMs, take }) => atMs + take.window.windowMs > nowMs);
      if (live.length === 0) continue;
      await Promise.all(live.map(({ take, atMs }) => this.#store.enter({ take, ageMs: nowMs - atMs })));
      const written = new Set(live.map(({ id }) => id));
      const current = this.#own.get(key) ?? [];
      this.#own.set(
        key,
        current.map((entry) => (written.has(entry.id) ? { ...entry, isWritten: true } : entry)),
      );
    }
  }
}

function keyOf({ account, window }: WindowTake): string {
  return `${account}\n${window.coordinate}`;
}

/** What one of several workers may grant by itself. */
function shareOf(max: number, workers: number): number {
  return Math.max(1, Math.floor(max / workers));
}
