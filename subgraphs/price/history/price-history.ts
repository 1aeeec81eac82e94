import { type Clock, DAY_MS, HOUR_MS } from '../../shared/clock.ts';
import { Decimal } from '../../shared/decimal.ts';
import { INTERVAL_MS, MONDAY_MS } from '../candles/candle-interval.ts';
import type { CloseInterval, MarketDataProvider, TokenId } from '../providers/market-data-provider.ts';
import { crossRate } from '../quotes/cross-rate.ts';
import { quoteTokenOf } from '../quotes/quote-currency.ts';
import type { CloseSeries } from './close-series.ts';
import { gridEnds, type HistoryRange, isHourlyRange, pickEvenly, RANGE_MS } from './history-range.ts';

const PROVIDER_TIMEOUT_MS = 1500;

/** Closes of several tokens in one currency on one grid of instants. */
export interface HistoryGrid {
  readonly interval: 'ONE_HOUR' | 'ONE_DAY' | 'ONE_WEEK';
  /** The ends of the periods, in milliseconds, ascending. */
  readonly ends: readonly number[];
  /** Whether the token was ever traded, in the span or before. */
  hasHistory(tokenId: TokenId): boolean;
  /** Whether there is a close at an instant of the grid. */
  hasClose(tokenId: TokenId, endMs: number): boolean;
  /** The close in the grid's currency; null where there is none. */
  closeAt(tokenId: TokenId, endMs: number): Decimal | null;
}

/** The highest close of a token. */
export interface HighestClose {
  readonly amount: Decimal;
  readonly atMs: number;
}

/** Reads price histories from the provider: closes of periods that are over, never invented ones. */
export class PriceHistory {
  readonly #provider: MarketDataProvider;
  readonly #clock: Clock;
  readonly #tokenIds: readonly TokenId[];
  readonly #highest = new Map<string, { readonly untilMs: number; readonly close: HighestClose | null }>();

  /** @param tokenIds - the tokens whose sparklines are asked for together */
  constructor(provider: MarketDataProvider, clock: Clock, tokenIds: readonly TokenId[]) {
    this.#provider = provider;
    this.#clock = clock;
    this.#tokenIds = tokenIds;
  }

  /**
   * Lays several tokens on one grid: hours up to a week when all of them and the quote currency have hours, ISO
   * weeks for MAX, else UTC days.
   *
   * @throws GraphQLError BAD_USER_INPUT for an unsupported currency; the provider's errors
   */
  async grid(tokenIds: readonly TokenId[], range: HistoryRange, currency: string): Promise<HistoryGrid> {
    const quoteToken = quoteTokenOf(currency);
    const ids = [...new Set(quoteToken === null ? tokenIds : [...tokenIds, quoteToken])];
    const hourly = isHourlyRange(range) ? await this.#hourlyClosesOf(ids) : undefined;
    const closes = hourly ?? (await this.#closesOf(ids, 'ONE_DAY'));
    const closeOf = (id: TokenId, endMs: number): Decimal | null => {
      const text = closes.get(id)?.at(endMs) ?? null;
      return text === null ? null : new Decimal(text);
    };
    return {
      ...this.#periods(range, hourly !== undefined, closes),
      hasHistory: (id) => closes.has(id),
      hasClose: (id, endMs) => closes.get(id)?.at(endMs) != null,
      closeAt: (id, endMs) =>
        quoteToken === null ? closeOf(id, endMs) : crossRate(closeOf(id, endMs), closeOf(quoteToken, endMs)),
    };
  }

  /**
   * A line of at most `count` closes over a span, oldest first; null for a token without any history.
   *
   * @throws GraphQLError BAD_USER_INPUT for an unsupported currency; the provider's errors
   */
  async sparkline(
    tokenId: TokenId,
    range: HistoryRange,
    currency: string,
    count: number,
  ): Promise<readonly Decimal[] | null> {
    if (range === 'ONE_WEEK' && currency === 'USD') {
      const week = (await this.#sparklines()).get(tokenId);
      if (week !== undefined) return pickEvenly(week, count).map((close) => new Decimal(close));
    }
    const grid = await this.grid([tokenId], range, currency);
    if (!grid.hasHistory(tokenId)) return null;
    const ends = grid.ends.filter((endMs) => grid.hasClose(tokenId, endMs));
    return pickEvenly(ends, count)
      .map((endMs) => grid.closeAt(tokenId, endMs))
      .filter((close) => close !== null);
  }

  /** One call for all tokens serves the pages of an hour: a list of tokens shows a line for each. */
  #sparklines(): Promise<ReadonlyMap<TokenId, readonly string[]>> {
    return this.#provider.sparklines(this.#tokenIds, AbortSignal.timeout(PROVIDER_TIMEOUT_MS));
  }

  /**
   * The highest daily close of a token in a currency, the first one among equals; null when it has no closes.
   *
   * @throws GraphQLError BAD_USER_INPUT for an unsupported currency; the provider's errors
   */
  async highestClose(tokenId: TokenId, currency: string): Promise<HighestClose | null> {
    const quoteToken = quoteTokenOf(currency);
    const closes = await this.#closesOf(quoteToken === null ? [tokenId] : [tokenId, quoteToken], 'ONE_DAY');
    const own = closes.get(tokenId);
    if (own === undefined) return null;
    const key = `${tokenId}.${currency}`;
    const known = this.#highest.get(key);
    if (known?.untilMs === own.lastEndMs) return known.close;
    const close = findHighest(own, quoteToken === null ? undefined : closes.get(quoteToken));
    this.#highest.set(key, { untilMs: own.lastEndMs, close });
    return close;
  }

  #periods(range: HistoryRange, isHourly: boolean, closes: ReadonlyMap<TokenId, CloseSeries>) {
    const nowMs = this.#clock.now();
    if (range === 'MAX') {
      const firstMs = Math.min(...[...closes.values()].map(({ firstEndMs }) => firstEndMs), nowMs);
      return {
        interval: 'ONE_WEEK',
        ends: gridEnds(firstMs - 1, nowMs, INTERVAL_MS.ONE_WEEK, MONDAY_MS),
      } as const;
    }
    const startMs = nowMs - RANGE_MS[range];
    return isHourly
      ? ({ interval: 'ONE_HOUR', ends: gridEnds(startMs, nowMs, HOUR_MS) } as const)
      : ({ interval: 'ONE_DAY', ends: gridEnds(startMs, nowMs, DAY_MS) } as const);
  }

  /** Hourly closes of all tokens that have any history; undefined when one of these has daily closes only. */
  async #hourlyClosesOf(ids: readonly TokenId[]): Promise<Map<TokenId, CloseSeries> | undefined> {
    const hourly = await this.#closesOf(ids, 'ONE_HOUR');
    const dailyOnly = await this.#closesOf(
      ids.filter((id) => !hourly.has(id)),
      'ONE_DAY',
    );
    return hourly.size > 0 && dailyOnly.size === 0 ? hourly : undefined;
  }

  async #closesOf(ids: readonly TokenId[], interval: CloseInterval): Promise<Map<TokenId, CloseSeries>> {
    const signal = AbortSignal.timeout(PROVIDER_TIMEOUT_MS);
    const found = new Map<TokenId, CloseSeries>();
    await Promise.all(
      ids.map(async (id) => {
        const closes = await this.#provider.closes(id, interval, signal);
        if (closes !== undefined) found.set(id, closes);
      }),
    );
    return found;
  }
}

function findHighest(own: CloseSeries, quote: CloseSeries | undefined): HighestClose | null {
  let highest: HighestClose | null = null;
  for (const [index, text] of own.values().entries()) {
    if (text === null) continue;
    const atMs = own.firstEndMs + index * own.intervalMs;
    const quoteText = quote?.at(atMs);
    const amount =
      quote === undefined
        ? new Decimal(text)
        : crossRate(new Decimal(text), quoteText == null ? null : new Decimal(quoteText));
    if (amount !== null && (highest === null || amount.greaterThan(highest.amount)))
      highest = { amount, atMs };
  }
  return highest;
}
