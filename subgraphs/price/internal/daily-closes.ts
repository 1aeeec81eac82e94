import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, startOfDay } from '../../shared/clock.ts';
import type { CloseSeries } from '../history/close-series.ts';
import type { MarketDataProvider, TokenId } from '../providers/market-data-provider.ts';
import { ProviderFailure } from '../providers/provider-failure.ts';

/** How long readers wait for a collection; after that they get what is there. */
const PATIENCE_MS = 3000;
const CALL_TIMEOUT_MS = 10_000;
/** How long after a failure other than the quota's the tokens that are missing are asked for again. */
const RETRY_MS = 60_000;

export interface DailyClosesOptions {
  readonly provider: MarketDataProvider;
  readonly clock: Clock;
  /** Tokens in the order in which they are asked for. */
  readonly tokenIds: readonly TokenId[];
  /** Told of each token whose closes did not come. */
  readonly onFailure?: (error: unknown, tokenId: TokenId) => void;
}

/**
 * Collects the daily closes of all tokens once a day, as fast as the provider's quota allows: a hundred tokens are a
 * hundred calls, which a free plan gives in minutes. Until a token's closes have come those of the day before serve on.
 */
export class DailyCloses {
  readonly #options: DailyClosesOptions;
  readonly #closes = new Map<TokenId, CloseSeries>();
  readonly #stopping = new AbortController();
  #collection: { readonly dayMs: number; readonly done: Promise<void> } | undefined;
  #version = 0;

  constructor(options: DailyClosesOptions) {
    this.#options = options;
  }

  /** Grows with each series that has come. */
  get version(): number {
    return this.#version;
  }

  /** What is known, in the order of the tokens. */
  *entries(): Iterable<readonly [TokenId, CloseSeries]> {
    for (const id of this.#options.tokenIds) {
      const closes = this.#closes.get(id);
      if (closes !== undefined && closes.length > 0) yield [id, closes];
    }
  }

  /** Starts the day's collection unless it runs or is done, and waits a little for its end. */
  async collect(): Promise<void> {
    const dayMs = startOfDay(this.#options.clock.now() - this.#options.provider.capabilities.publishDelayMs);
    if (this.#collection?.dayMs !== dayMs) this.#collection = { dayMs, done: this.#run(dayMs) };
    const patience = new AbortController();
    const tired = wait(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([this.#collection.done, tired]);
    patience.abort();
  }

  /** Ends a collection that is under way. */
  close(): void {
    this.#stopping.abort();
  }

  async #run(dayMs: number): Promise<void> {
    let missing = this.#options.tokenIds;
    while (missing.length > 0 && !this.#stopping.signal.aborted) {
      const failed: TokenId[] = [];
      for (const id of missing) {
        if (this.#stopping.signal.aborted) return;
        if (!(await this.#fetch(id))) failed.push(id);
      }
      missing = failed;
      if (missing.length > 0) await this.#pause(RETRY_MS);
      // A newer day has a collection of its own.
      if (this.#collection !== undefined && this.#collection.dayMs !== dayMs) return;
    }
  }

  /** @returns whether the provider has told; waits for its quota as long as it takes */
  async #fetch(id: TokenId): Promise<boolean> {
    const { provider, onFailure } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        const closes = await provider.closes(id, 'ONE_DAY', AbortSignal.timeout(CALL_TIMEOUT_MS));
        if (closes !== undefined) {
          this.#closes.set(id, closes);
          this.#version += 1;
        }
        return true;
      } catch (error) {
        if (error instanceof ProviderFailure && error.kind === 'RATE_LIMITED') {
          await this.#pause(error.retryAfterMs ?? RETRY_MS);
        } else {
          onFailure?.(error, id);
          return false;
        }
      }
    }
    return false;
  }

  async #pause(durationMs: number): Promise<void> {
    await wait(durationMs, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => {});
  }
}
