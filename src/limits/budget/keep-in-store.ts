import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { StoreWatch } from '../store-watch.ts';
import type { BudgetOutcome, BudgetState, BudgetStore, Settlement } from './budget.ts';
import type { BudgetClaim, BudgetKeeper } from './budget-keeper.ts';
import { LocalShare, type Snapshot } from './local-share.ts';

export interface StoreKeeperOptions {
  /** How many workers spend of the same accounts, over all machines. */
  readonly workers: number;
  /** See `budgets.outageShare` in gateway.yaml. */
  readonly outageShare: number;
  /** How long a decision may take before it is made without the store. */
  readonly decisionTimeoutMs: number;
  /** Called when the store is lost, with why, and when it is back. */
  readonly onAway: (reason: string) => void;
  readonly onBack: () => void;
  /** This process's time, in milliseconds since the epoch. */
  readonly now?: () => number;
}

const SETTLE_EVERY_MS = 20;
/** Accounts whose state is remembered. */
const MOST_SNAPSHOTS = 50_000;
/** Settlements that wait while the store is away; what is beyond is not given back, which never mints points. */
const MOST_PENDING = 50_000;
/** An account that nobody has: writing to it shows that the store takes writes. */
const PROBE = '~probe';
const NO_LIMITS = { bucketPoints: 1, refillPerSecond: 1, monthPoints: null };

/**
 * Keeps budgets in a store that several processes share, and goes on without it.
 *
 * A decision that does not come in time is made from the last snapshot, and so are all after it, at once, until the
 * store takes writes again and what was spent meanwhile is written there. Reservations of which it is not known whether
 * they were made are cancelled then.
 */
export function keepInStore(store: BudgetStore, options: StoreKeeperOptions): BudgetKeeper {
  return new StoreKeeper(store, options);
}

class StoreKeeper implements BudgetKeeper {
  readonly #store: BudgetStore;
  readonly #options: Required<StoreKeeperOptions>;
  readonly #snapshots = new LRUCache<string, Snapshot>({ max: MOST_SNAPSHOTS });
  readonly #local: LocalShare;
  readonly #watch: StoreWatch;
  #pending: Settlement[] = [];
  #settleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(store: BudgetStore, options: StoreKeeperOptions) {
    const now = options.now ?? Date.now;
    this.#store = store;
    this.#options = { ...options, now };
    const snapshotOf = (account: string) => this.#snapshots.get(account);
    this.#local = new LocalShare({ ...options, snapshotOf, now });
    this.#watch = new StoreWatch({
      ...options,
      recover: () => this.#recover(),
      onBack: () => {
        this.#local.end();
        options.onBack();
      },
    });
  }

  async reserve(claim: BudgetClaim): Promise<BudgetOutcome> {
    if (this.#watch.isAway) return this.#local.reserve(claim);
    const known = this.#snapshots.get(claim.account)?.state;
    const outcome = await this.#watch.decide(this.#store.reserve({ ...claim, known }));
    if (outcome !== undefined) {
      this.#snapshots.set(claim.account, { state: outcome.state, learntMs: this.#options.now() });
      return outcome;
    }
    // It may have been made, or be made yet: then it must not count besides the decision that is made here.
    if (claim.points > 0) this.#later({ ...claim, points: 0, kind: 'cancel' });
    return this.#local.reserve(claim);
  }

  settle(claim: BudgetClaim, points: number): void {
    if (claim.points === 0) return;
    if (this.#local.holds(claim)) this.#local.settle(claim, points);
    else this.#later({ ...claim, points, kind: 'settle' });
    this.#settleSoon();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#settleTimer);
    this.#watch.close();
    await this.#write();
    await this.#store.close();
  }

  async #recover(): Promise<boolean> {
    const probe = {
      account: PROBE,
      requestId: randomUUID(),
      points: 0,
      limits: NO_LIMITS,
      kind: 'cancel',
    } as const;
    // What came up meanwhile is written in the next round, before anybody asks the store again.
    return (await this.#send(probe)) && (await this.#write()) && (await this.#write());
  }

  #later(settlement: Settlement): void {
    if (this.#pending.length < MOST_PENDING) this.#pending.push(settlement);
  }

  #settleSoon(): void {
    if (this.#watch.isAway || this.#isClosed || this.#settleTimer !== undefined) return;
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = undefined;
      void this.#write().then((isWritten) => {
        if (!isWritten && !this.#isClosed) this.#watch.goAway('what operations came to cannot be written');
      });
    }, SETTLE_EVERY_MS);
  }

  /** Writes what operations came to, all at once. @returns whether all of it is written */
  async #write(): Promise<boolean> {
    const owed = [...this.#local.takeOwed()].map(
      ([account, { points, limits }]): Settlement => ({
        account,
        requestId: randomUUID(),
        points,
        limits,
        kind: 'charge',
      }),
    );
    const batch = [...this.#pending, ...owed];
    this.#pending = [];
    const written = await Promise.all(batch.map((settlement) => this.#send(settlement)));
    const left = batch.filter((_settlement, index) => !written[index]);
    // Under the same ids, so that what was written after all is not written twice.
    this.#pending.unshift(...left);
    return left.length === 0;
  }

  /** A store that has forgotten an account is told by the next reservation what is remembered: that is kept till then. */
  #remember(account: string, state: BudgetState): void {
    const known = this.#snapshots.get(account)?.state;
    if (account === PROBE || (known !== undefined && known.bornMs < state.bornMs)) return;
    this.#snapshots.set(account, { state, learntMs: this.#options.now() });
  }

  /** @returns whether the store answered in time that it is written */
  #send(settlement: Settlement): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#options.decisionTimeoutMs * 4);
      this.#store.settle(settlement).then(
        (state) => {
          clearTimeout(timer);
          this.#remember(settlement.account, state);
          resolve(true);
        },
        () => {
          clearTimeout(timer);
          resolve(false);
        },
      );
    });
  }
}
