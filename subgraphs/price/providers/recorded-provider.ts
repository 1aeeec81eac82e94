import { type Clock, DAY_MS, HOUR_MS, startOfDay } from '../../shared/clock.ts';
import { Decimal } from '../../shared/decimal.ts';
import { INTERVAL_MS } from '../candles/candle-interval.ts';
import type { CandleSeries } from '../candles/candle-series.ts';
import type { CloseSeries } from '../history/close-series.ts';
import { gridEnds, RANGE_MS } from '../history/history-range.ts';
import type { RecordedCandleInterval, RecordedSupply, RecordingSet } from '../recording/recording-set.ts';
import type {
  CandleQuery,
  CloseInterval,
  MarketDataProvider,
  Quote,
  TokenId,
  TokenStatistics,
} from './market-data-provider.ts';

/** What the aggregators' free interfaces take in one call; a limit that replaying needs not, but callers rely on. */
const MAX_IDS_PER_QUOTE = 250;
/** Short, so that the close of a new period is told soon after it is over. */
const QUOTE_TTL_MS = 10_000;

/** A recorded set under the name that its prices carry as their source. */
export interface RecordedSource {
  readonly set: RecordingSet;
  readonly source: string;
}

interface SetFigures {
  readonly supplies: ReadonlyMap<TokenId, RecordedSupply>;
  readonly volumes: ReadonlyMap<TokenId, ReadonlyMap<string, string>>;
}

/**
 * Plays recorded sets back by the platform's clock: the latest price is the close of the last period that is over,
 * hourly where the set has hours, else daily. Series are read from disk once, when they are first asked for.
 */
export function createRecordedProvider(sources: readonly RecordedSource[], clock: Clock): MarketDataProvider {
  const series = new Map<string, Promise<RecordedSeries | undefined>>();
  const candles = new Map<string, Promise<CandleSeries | undefined>>();
  let figures: Promise<readonly SetFigures[]> | undefined;

  const recorded = (id: TokenId, interval: CloseInterval): Promise<RecordedSeries | undefined> => {
    const key = `${id}.${interval}`;
    const known = series.get(key) ?? readSeries(sources, id, interval);
    series.set(key, known);
    known.catch(() => series.delete(key));
    return known;
  };
  const recordedCandles = (id: TokenId, query: CandleQuery): Promise<CandleSeries | undefined> => {
    const found = findCandles(sources, id, query);
    if (found === undefined) return Promise.resolve(undefined);
    const key = `${id}.${found.interval}.${query.currency}`;
    const known = candles.get(key) ?? found.set.candles(id, found.interval, query.currency);
    candles.set(key, known);
    known.catch(() => candles.delete(key));
    return known;
  };
  const readAllFigures = (): Promise<readonly SetFigures[]> => {
    if (figures === undefined) {
      figures = Promise.all(sources.map(({ set }) => readFigures(set)));
      figures.catch(() => {
        figures = undefined;
      });
    }
    return figures;
  };
  const replayed = (closes: CloseSeries) => closes.replayed(clock.offsetMs, clock.now());

  const quoteOf = async (id: TokenId): Promise<Quote | undefined> => {
    const found = (await recorded(id, 'ONE_HOUR')) ?? (await recorded(id, 'ONE_DAY'));
    return found && latestQuote(replayed(found.closes), found.source);
  };

  return {
    name: 'recorded',
    kind: 'RECORDED',
    capabilities: {
      maxIdsPerQuote: MAX_IDS_PER_QUOTE,
      currencies: ['USD'],
      quoteTtlMs: QUOTE_TTL_MS,
      publishDelayMs: 0,
    },
    async quotes(ids, _currency, signal) {
      const quotes = await Promise.all(ids.map(quoteOf));
      signal.throwIfAborted();
      return presentIn(ids, quotes);
    },
    async statistics(ids, signal) {
      const sets = await readAllFigures();
      signal.throwIfAborted();
      const asOfMs = startOfDay(clock.now());
      const day = new Date(asOfMs - clock.offsetMs - DAY_MS).toISOString().slice(0, 10);
      return presentIn(
        ids,
        ids.map((id) => statisticsOf(id, day, sets, asOfMs)),
      );
    },
    async sparklines(ids, signal) {
      const hours = await Promise.all(ids.map((id) => recorded(id, 'ONE_HOUR')));
      signal.throwIfAborted();
      return presentIn(
        ids,
        hours.map((found) => found && lastWeekOf(replayed(found.closes), clock.now())),
      );
    },
    async closes(id, interval, signal) {
      const found = await recorded(id, interval);
      signal.throwIfAborted();
      return found && replayed(found.closes);
    },
    async candles(id, query, signal) {
      const found = await recordedCandles(id, query);
      signal.throwIfAborted();
      return found?.replayed(clock.offsetMs, clock.now());
    },
  };
}

interface RecordedSeries {
  readonly closes: CloseSeries;
  readonly source: string;
}

async function readSeries(
  sources: readonly RecordedSource[],
  id: TokenId,
  interval: CloseInterval,
): Promise<RecordedSeries | undefined> {
  for (const { set, source } of sources) {
    const closes = await set.closes(id, interval);
    if (closes !== undefined) return { closes, source };
  }
  return undefined;
}

/** The first set with candles of a token that make up those asked for, and the longest of these. */
function findCandles(
  sources: readonly RecordedSource[],
  id: TokenId,
  { intervalMs, currency }: CandleQuery,
): { readonly set: RecordingSet; readonly interval: RecordedCandleInterval } | undefined {
  for (const { set } of sources) {
    const interval = set
      .candleIntervals(id, currency)
      .findLast((recorded) => intervalMs % INTERVAL_MS[recorded] === 0);
    if (interval !== undefined) return { set, interval };
  }
  return undefined;
}

async function readFigures(set: RecordingSet): Promise<SetFigures> {
  const [supplies, volumes] = await Promise.all([set.supplies(), set.volumes()]);
  return { supplies: new Map(supplies.map((supply) => [supply.tokenId, supply])), volumes };
}

function latestQuote(closes: CloseSeries, source: string): Quote | undefined {
  const asOfMs = closes.lastTradedEndMs();
  if (asOfMs === undefined) return undefined;
  const priceAt = (instantMs: number): Decimal | null => {
    const close = closes.at(instantMs);
    return close === null ? null : new Decimal(close);
  };
  const amount = priceAt(asOfMs);
  if (amount === null) return undefined;
  return {
    amount,
    hourAgo: priceAt(asOfMs - HOUR_MS),
    dayAgo: priceAt(asOfMs - DAY_MS),
    weekAgo: priceAt(asOfMs - 7 * DAY_MS),
    asOfMs,
    intervalMs: closes.intervalMs,
    source,
    sourceKind: 'RECORDED',
  };
}

function lastWeekOf(hours: CloseSeries, nowMs: number): readonly string[] {
  return gridEnds(nowMs - RANGE_MS.ONE_WEEK, nowMs, HOUR_MS)
    .map((endMs) => hours.at(endMs))
    .filter((close) => close !== null);
}

function statisticsOf(
  id: TokenId,
  day: string,
  sets: readonly SetFigures[],
  asOfMs: number,
): TokenStatistics | undefined {
  for (const { supplies, volumes } of sets) {
    const supply = supplies.get(id);
    if (supply === undefined) continue;
    return {
      circulatingSupply: readAmount(supply.circulatingSupply),
      totalSupply: readAmount(supply.totalSupply),
      maxSupply: readAmount(supply.maxSupply),
      volume24hUsd: readAmount(volumes.get(id)?.get(day)),
      asOfMs,
    };
  }
  return undefined;
}

function readAmount(text: string | null | undefined): Decimal | null {
  return text == null ? null : new Decimal(text);
}

function presentIn<Value>(
  ids: readonly TokenId[],
  values: readonly (Value | undefined)[],
): Map<TokenId, Value> {
  const found = new Map<TokenId, Value>();
  for (const [index, id] of ids.entries()) {
    const value = values[index];
    if (value !== undefined) found.set(id, value);
  }
  return found;
}
