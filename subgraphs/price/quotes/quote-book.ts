import type { MarketDataProvider, Quote, TokenId } from '../providers/market-data-provider.ts';

/** How long the last known quote is served while the provider fails. */
export const STALE_IF_ERROR_MS = 24 * 3_600_000;
const PROVIDER_TIMEOUT_MS = 1500;
/** The currency that every quote is kept in; others are cross rates. */
const BOOK_CURRENCY = 'USD';

/** A quote as the book has it. */
export interface BookedQuote extends Quote {
  /** Whether the provider failed when it was asked again, so that this is the last known price. */
  readonly isLastKnown: boolean;
}

/** A provider that failed while there was no last known quote to serve. */
export class QuoteUnavailable extends Error {
  override readonly name = 'QuoteUnavailable';
}

interface Entry {
  /** Null when the provider answered that it has none. */
  quote: BookedQuote | null;
  readonly fetchedAtMs: number;
  refreshAtMs: number;
}

export interface QuoteBookOptions {
  readonly provider: MarketDataProvider;
  /** Stands in for a failing provider, for tokens of which it never told a price. */
  readonly fallback?: MarketDataProvider | undefined;
  /** Ids that a call is filled up with, likeliest first. */
  readonly fillIds: readonly TokenId[];
  /** A clock that never goes back, in milliseconds: ages of entries are not of the platform's time, which may stand still. */
  readonly monotonicMs?: () => number;
  /** Told of each call that failed, whether or not last known quotes can stand in. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * The process-wide book of the latest quotes in US dollars, between all requests and the provider.
 *
 * The provider is asked only for ids that are neither fresh in the book nor under way. Ids that are missing at
 * the same turn of the event loop go into one call, and a call is filled up to the provider's limit: a call is
 * metered upstream, its ids are not. Requests of one operation that arrive some milliseconds apart with other ids
 * therefore find theirs under way or booked, without a window that everybody would have to wait for.
 */
export class QuoteBook {
  readonly #provider: MarketDataProvider;
  readonly #fallback: MarketDataProvider | undefined;
  readonly #ttlMs: number;
  readonly #fillIds: readonly TokenId[];
  readonly #monotonicMs: () => number;
  readonly #onFailure: (error: unknown) => void;
  readonly #entries = new Map<TokenId, Entry>();
  readonly #underWay = new Map<TokenId, Promise<void>>();
  #collecting: { readonly ids: TokenId[]; readonly done: Promise<void> } | undefined;
  #lastFailure: unknown;
  #version = 0;

  constructor({
    provider,
    fallback,
    fillIds,
    monotonicMs = () => performance.now(),
    onFailure = () => {},
  }: QuoteBookOptions) {
    this.#provider = provider;
    this.#fallback = fallback;
    this.#ttlMs = provider.capabilities.quoteTtlMs;
    this.#fillIds = fillIds;
    this.#monotonicMs = monotonicMs;
    this.#onFailure = onFailure;
  }

  /** Grows with each change of the book; what is derived from all quotes can be kept as long as it stays. */
  get version(): number {
    return this.#version;
  }

  /**
   * Looks quotes up, asking the provider for what is missing or older than the provider's quotes keep.
   *
   * @returns for each id its quote, null when the provider has none, or a QuoteUnavailable; never rejects
   */
  async quotes(ids: Iterable<TokenId>): Promise<Map<TokenId, BookedQuote | null | QuoteUnavailable>> {
    const wanted = new Set(ids);
    const nowMs = this.#monotonicMs();
    const calls = new Set<Promise<void>>();
    for (const id of wanted) {
      if (!this.#isFresh(id, nowMs)) calls.add(this.#underWay.get(id) ?? this.#collect(id));
    }
    await Promise.all(calls);
    return new Map([...wanted].map((id) => [id, this.#booked(id)]));
  }

  #isFresh(id: TokenId, nowMs: number): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && nowMs < entry.refreshAtMs;
  }

  #booked(id: TokenId): BookedQuote | null | QuoteUnavailable {
    const entry = this.#entries.get(id);
    return entry?.quote === undefined
      ? new QuoteUnavailable('no quote', { cause: this.#lastFailure })
      : entry.quote;
  }

  #collect(id: TokenId): Promise<void> {
    if (this.#collecting === undefined) {
      const ids: TokenId[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#collecting = { ids, done: promise };
      // After the sockets that are readable now have been read: requests that came together share the call.
      setImmediate(() => {
        this.#collecting = undefined;
        void this.#refresh(ids, promise).then(resolve);
      });
    }
    this.#collecting.ids.push(id);
    this.#underWay.set(id, this.#collecting.done);
    return this.#collecting.done;
  }

  async #refresh(ids: readonly TokenId[], done: Promise<void>): Promise<void> {
    const { maxIdsPerQuote } = this.#provider.capabilities;
    const nowMs = this.#monotonicMs();
    const room = (maxIdsPerQuote - (ids.length % maxIdsPerQuote)) % maxIdsPerQuote;
    const fill = this.#fillIds
      .filter((id) => !this.#isFresh(id, nowMs) && !this.#underWay.has(id))
      .slice(0, room);
    for (const id of fill) this.#underWay.set(id, done);
    const all = [...ids, ...fill];
    const calls: Promise<void>[] = [];
    for (let start = 0; start < all.length; start += maxIdsPerQuote) {
      calls.push(this.#ask(all.slice(start, start + maxIdsPerQuote)));
    }
    await Promise.all(calls);
    for (const id of all) this.#underWay.delete(id);
    this.#version += 1;
  }

  async #ask(ids: readonly TokenId[]): Promise<void> {
    try {
      this.#enter(ids, await this.#fetch(this.#provider, ids), false);
    } catch (error) {
      this.#lastFailure = error;
      this.#onFailure(error);
      for (const id of ids) this.#keepLastKnown(id);
      await this.#fallBack(ids.filter((id) => !this.#entries.has(id)));
    }
  }

  #fetch(provider: MarketDataProvider, ids: readonly TokenId[]): Promise<ReadonlyMap<TokenId, Quote>> {
    return provider.quotes(ids, BOOK_CURRENCY, AbortSignal.timeout(PROVIDER_TIMEOUT_MS));
  }

  #enter(ids: readonly TokenId[], quotes: ReadonlyMap<TokenId, Quote>, isLastKnown: boolean): void {
    const fetchedAtMs = this.#monotonicMs();
    const refreshAtMs = fetchedAtMs + this.#ttlMs;
    for (const id of ids) {
      const quote = quotes.get(id);
      this.#entries.set(id, {
        quote: quote === undefined ? null : { ...quote, isLastKnown },
        fetchedAtMs,
        refreshAtMs,
      });
    }
  }

  /** Enters what the fallback knows: as prices of the past, which are better than none. */
  async #fallBack(ids: readonly TokenId[]): Promise<void> {
    if (this.#fallback === undefined || ids.length === 0) return;
    try {
      const quotes = await this.#fetch(this.#fallback, ids);
      this.#enter(
        ids.filter((id) => quotes.has(id)),
        quotes,
        true,
      );
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Serves an entry for another while, unless it is too old; the provider gets time to recover. */
  #keepLastKnown(id: TokenId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const nowMs = this.#monotonicMs();
    if (nowMs - entry.fetchedAtMs > STALE_IF_ERROR_MS) {
      this.#entries.delete(id);
      return;
    }
    if (entry.quote !== null) entry.quote = { ...entry.quote, isLastKnown: true };
    entry.refreshAtMs = nowMs + this.#ttlMs;
  }
}
