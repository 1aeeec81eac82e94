import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.ts';
import { INTERVAL_MS } from '../candles/candle-interval.ts';
import type { CloseSeries } from '../history/close-series.ts';
import type { CloseInterval, MarketDataProvider, TokenId } from '../providers/market-data-provider.ts';
import { ProviderFailure } from '../providers/provider-failure.ts';

/** How long readers wait for a collection; after that they get what is there. */
const PATIENCE_MS = 3000;
const CALL_TIMEOUT_MS = 10_000;
/** How long after a failure other than the quota's the tokens that are missing are asked for again. */
const RETRY_MS = 60_000;
/** The most tokens, as a share of all, that are given up on; more that fail are an outage, which is waited out. */
const MAX_GIVEN_UP = 0.05;

export interface ClosesCollectorOptions {
  readonly provider: MarketDataProvider;
  readonly clock: Clock;
  readonly interval: CloseInterval;
  /** Tokens in the order in which they are asked for. */
  readonly tokenIds: readonly TokenId[];
  /** How long readers wait for a round, in milliseconds; 3 s by default. */
  readonly patienceMs?: number;
  /** How long after a failure other than the quota's a token is asked for again, in milliseconds; a minute by default. */
  readonly retryMs?: number;
  /** Told of each token whose closes did not come. */
  readonly onFailure?: (error: unknown, tokenId: TokenId) => void;
}

/** The closes of all tokens, as one round of questions brought them. */
export interface CollectedCloses {
  /** Grows with each set. */
  readonly version: number;
  /** In the order of the tokens; without those that have none. */
  readonly closes: ReadonlyMap<TokenId, CloseSeries>;
}

/**
 * Collects the closes of all tokens once a period, as fast as the provider's quota allows: a hundred tokens are a
 * hundred calls, which a free plan gives in minutes.
 *
 * Readers get whole sets only: those of a round in which the provider has told of every token. Until then the set before
 * serves on, and before the first one there is none. A few tokens for which the provider has failed over a whole period
 * are given up on, as if it had no closes of them, until it tells of them again.
 */
export class ClosesCollector {
  readonly #options: ClosesCollectorOptions;
  readonly #closes = new Map<TokenId, CloseSeries>();
  /** The tokens of which the provider has said in this round what it has, be it nothing. */
  #told: ReadonlySet<TokenId> = new Set();
  /** The tokens of which it failed to say when it was asked last. */
  readonly #failing = new Set<TokenId>();
  readonly #stopping = new AbortController();
  #round: { readonly startMs: number; readonly done: Promise<void> } | undefined;
  #collected: CollectedCloses | undefined;

  constructor(options: ClosesCollectorOptions) {
    this.#options = options;
  }

  /** How far the round has come. */
  get progress(): { readonly told: number; readonly of: number } {
    return { told: this.#told.size, of: this.#options.tokenIds.length };
  }

  /**
   * Starts the period's round unless it runs or is done, and waits a little for its end.
   *
   * @returns the newest whole set; undefined while the first round has not been told everything
   */
  async collect(): Promise<CollectedCloses | undefined> {
    const { clock, provider, interval } = this.#options;
    const periodMs = INTERVAL_MS[interval];
    const startMs = Math.floor((clock.now() - provider.capabilities.publishDelayMs) / periodMs) * periodMs;
    if (this.#round?.startMs !== startMs) this.#round = { startMs, done: this.#run(startMs) };
    const patience = new AbortController();
    const tired = wait(this.#options.patienceMs ?? PATIENCE_MS, undefined, { signal: patience.signal }).catch(
      () => {},
    );
    await Promise.race([this.#round.done, tired]);
    patience.abort();
    return this.#collected;
  }

  /** Ends a round that is under way. */
  close(): void {
    this.#stopping.abort();
  }

  async #run(startMs: number): Promise<void> {
    const { signal } = this.#stopping;
    const { tokenIds } = this.#options;
    const isOutage = this.#failing.size > tokenIds.length * MAX_GIVEN_UP;
    const givenUp: ReadonlySet<TokenId> = isOutage ? new Set() : new Set(this.#failing);
    // Of this round alone: what an earlier one still hears does not count for it.
    const told = new Set<TokenId>();
    this.#told = told;
    for (;;) {
      const missing = tokenIds.filter((id) => !told.has(id));
      for (const id of missing) {
        await this.#fetch(id, told);
        // A newer period has a round of its own.
        if (signal.aborted || (this.#round !== undefined && this.#round.startMs !== startMs)) return;
      }
      const left = tokenIds.filter((id) => !told.has(id));
      const isWhole = left.every((id) => givenUp.has(id));
      if (isWhole && (left.length < missing.length || missing.length === 0)) this.#publish();
      if (left.length === 0) return;
      await this.#pause(this.#options.retryMs ?? RETRY_MS);
    }
  }

  #publish(): void {
    const closes = new Map<TokenId, CloseSeries>();
    for (const id of this.#options.tokenIds) {
      const series = this.#told.has(id) ? this.#closes.get(id) : undefined;
      if (series !== undefined && series.length > 0) closes.set(id, series);
    }
    this.#collected = { version: (this.#collected?.version ?? 0) + 1, closes };
  }

  /** Asks for a token's closes; waits for the provider's quota as long as it takes. */
  async #fetch(id: TokenId, told: Set<TokenId>): Promise<void> {
    const { provider, interval, onFailure } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        const closes = await provider.closes(id, interval, AbortSignal.timeout(CALL_TIMEOUT_MS));
        if (closes !== undefined) this.#closes.set(id, closes);
        told.add(id);
        this.#failing.delete(id);
        return;
      } catch (error) {
        if (error instanceof ProviderFailure && error.kind === 'RATE_LIMITED') {
          await this.#pause(error.retryAfterMs ?? RETRY_MS);
        } else {
          this.#failing.add(id);
          onFailure?.(error, id);
          return;
        }
      }
    }
  }

  async #pause(durationMs: number): Promise<void> {
    await wait(durationMs, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => {});
  }
}
