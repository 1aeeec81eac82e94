import { LRUCache } from 'lru-cache';
import { type BudgetLimits, type BudgetOutcome, type BudgetState, MICRO } from './budget.ts';
import type { BudgetClaim } from './budget-keeper.ts';
import { type LedgerEntry, type Marker, reserveIn, settleIn } from './budget-ledger.ts';
import { shareLimits } from './share-limits.ts';

/** What a worker knows of an account, and when it learnt that by its own clock. */
export interface Snapshot {
  readonly state: BudgetState;
  readonly learntMs: number;
}

export interface LocalShareOptions {
  /** How many workers spend of the same accounts. */
  readonly workers: number;
  /** What all workers together may spend of a bucket without asking each other, as a share of it. */
  readonly outageShare: number;
  /** What is known of an account. */
  readonly snapshotOf: (account: string) => Snapshot | undefined;
  /** This process's time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** How many accounts are told apart at the same time. */
  readonly mostAccounts?: number;
}

/** Callers without a key are accounts too, by address: a flood of them in an outage must not fill the memory. */
const MOST_ACCOUNTS = 50_000;
/** What more accounts than so many times that have spent is not written to the store. */
const MOST_DEBTORS = 4;

interface LocalAccount {
  entry: LedgerEntry;
  readonly limits: BudgetLimits;
  readonly markers: Map<string, Marker>;
}

/**
 * What one worker lets accounts spend while the store is away.
 *
 * A worker that is alone knows what is left and lets all of it be spent. Of several, each has seen a state that the
 * others may have spent since: together they let no more than `outageShare` of a bucket through, and each its part of
 * what flows in, so that what is admitted in all stays within 1 + `outageShare` times the limit. An account that made
 * room for `mostAccounts` others begins anew; what it has spent is owed all the same.
 */
export class LocalShare {
  readonly #options: LocalShareOptions;
  readonly #mostAccounts: number;
  readonly #accounts: LRUCache<string, LocalAccount>;
  #owed = new Map<string, { points: number; limits: BudgetLimits }>();

  constructor(options: LocalShareOptions) {
    this.#options = options;
    this.#mostAccounts = options.mostAccounts ?? MOST_ACCOUNTS;
    this.#accounts = new LRUCache({ max: this.#mostAccounts });
  }

  reserve(claim: BudgetClaim): BudgetOutcome {
    const local = this.#accountOf(claim);
    const { entry, marker, result } = reserveIn(
      local.entry,
      local.markers.get(claim.requestId),
      { ...claim, limits: local.limits },
      this.#options.now(),
    );
    local.entry = entry;
    if (marker !== undefined) local.markers.set(claim.requestId, marker);
    return result;
  }

  /** Whether a claim was granted here and is still to be settled here. */
  holds({ account, requestId }: BudgetClaim): boolean {
    return this.#accounts.get(account)?.markers.has(requestId) ?? false;
  }

  /** Settles a claim that was granted here; what it came to is owed to the store. */
  settle({ account, requestId, points: reserved, limits }: BudgetClaim, points: number): void {
    const local = this.#accounts.get(account);
    const marker = local?.markers.get(requestId);
    if (local === undefined || marker === undefined) return;
    const settlement = { account, requestId, points, limits: local.limits, kind: 'settle' } as const;
    local.entry = settleIn(local.entry, marker, settlement, this.#options.now()).entry;
    local.markers.delete(requestId);
    const owed = this.#owed.get(account);
    if (owed === undefined && this.#owed.size >= MOST_DEBTORS * this.#mostAccounts) return;
    const charged = Math.min(Math.max(points, 1), 2 * reserved);
    this.#owed.set(account, { points: (owed?.points ?? 0) + charged, limits });
  }

  /** What was spent here and not written yet; it counts as written from now on. */
  takeOwed(): ReadonlyMap<string, { readonly points: number; readonly limits: BudgetLimits }> {
    const owed = this.#owed;
    this.#owed = new Map();
    return owed;
  }

  /** Forgets the shares; claims that are under way are still settled here. */
  end(): void {
    for (const [account, { markers }] of this.#accounts) {
      if (markers.size === 0) this.#accounts.delete(account);
    }
  }

  #accountOf({ account, limits }: BudgetClaim): LocalAccount {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const { workers, snapshotOf, now } = this.#options;
    const shared = shareLimits(limits, workers);
    const snapshot = snapshotOf(account);
    const opened: LocalAccount = {
      limits: shared,
      markers: new Map(),
      entry: {
        levelMicro: Math.floor(this.#levelMicro(limits, snapshot) / workers),
        atMs: now(),
        month: snapshot?.state.month ?? 0,
        usedPoints: Math.ceil((snapshot?.state.usedPoints ?? 0) / workers),
        bornMs: 0,
        startMicro: 0,
        startUsed: 0,
      },
    };
    this.#accounts.set(account, opened);
    return opened;
  }

  /** What all workers together may take the bucket to hold. */
  #levelMicro({ bucketPoints, refillPerSecond }: BudgetLimits, snapshot: Snapshot | undefined): number {
    const { workers, outageShare, now } = this.#options;
    const full = bucketPoints * MICRO;
    const blind = Math.floor(full * outageShare);
    if (snapshot === undefined) return blind;
    const inflow = Math.max(0, now() - snapshot.learntMs) * refillPerSecond * 1_000;
    const level = Math.min(full, snapshot.state.levelMicro + inflow);
    return workers === 1 ? level : Math.min(level, blind);
  }
}
