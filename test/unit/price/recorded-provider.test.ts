import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CandleSeries } from '../../../subgraphs/price/candles/candle-series.ts';
import { CloseSeries } from '../../../subgraphs/price/history/close-series.ts';
import { PriceHistory } from '../../../subgraphs/price/history/price-history.ts';
import { createRecordedProvider } from '../../../subgraphs/price/providers/recorded-provider.ts';
import type { RecordingSet } from '../../../subgraphs/price/recording/recording-set.ts';
import { type Clock, createClock, DAY_MS, RECORDING_END_MS } from '../../../subgraphs/shared/clock.ts';

const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;

/** Closes that end with the recording: `count` of them, numbered from 1, but for those that are left out. */
function closesOf(intervalMs: number, count: number, untraded: readonly number[] = []): CloseSeries {
  const values = Array.from({ length: count }, (_, index) =>
    untraded.includes(index + 1) ? null : String(index + 1),
  );
  return new CloseSeries(RECORDING_END_MS - (count - 1) * intervalMs, intervalMs, values);
}

/** The hours of the last two days, each with its number as every price. */
function hourlyCandles(): CandleSeries {
  const candles = Array.from({ length: 48 }, (_, index) => {
    const price = String(index + 1);
    const openMs = RECORDING_END_MS - (48 - index) * HOUR_MS;
    return { openMs, open: price, high: price, low: price, close: price, volume: '1' };
  });
  return new CandleSeries(HOUR_MS, candles);
}

/** A set in memory: `daily` has ten days, `hourly` ten days and eight days of hours, `gap` no close on the last day. */
function createSet(): RecordingSet {
  const series = new Map([
    ['daily.ONE_DAY', closesOf(DAY_MS, 10)],
    ['bitcoin.ONE_DAY', closesOf(DAY_MS, 10)],
    ['hourly.ONE_DAY', closesOf(DAY_MS, 10)],
    ['hourly.ONE_HOUR', closesOf(HOUR_MS, 192)],
    ['gap.ONE_DAY', closesOf(DAY_MS, 10, [3, 10])],
  ]);
  return {
    tokens: async () => [],
    deployments: async () => [],
    chains: async () => [],
    supplies: async () => [{ tokenId: 'daily', circulatingSupply: '7', totalSupply: '8', maxSupply: null }],
    volumes: async () =>
      new Map([
        [
          'daily',
          new Map([
            ['2026-08-06', '66'],
            ['2026-08-07', '77'],
          ]),
        ],
      ]),
    closes: async (id, interval) => series.get(`${id}.${interval}`),
    candleIntervals: (id, currency) => (id === 'hourly' && currency === 'USD' ? ['ONE_HOUR'] : []),
    candles: async () => hourlyCandles(),
  };
}

const providerAt = (clock: Clock) => createRecordedProvider([{ set: createSet(), source: 'memory' }], clock);
const at = (nowMs: number, offsetMs = 0): Clock => ({ mode: 'fixed', offsetMs, now: () => nowMs });

async function quoteAt(clock: Clock, id: string) {
  return (await providerAt(clock).quotes([id], 'USD', signal)).get(id);
}

test('quotes the close of the last day that is over, with those before', async () => {
  const quote = await quoteAt(createClock('fixed'), 'daily');
  assert.equal(quote?.amount.toFixed(), '10');
  assert.equal(quote?.hourAgo, null);
  assert.equal(quote?.dayAgo?.toFixed(), '9');
  assert.equal(quote?.weekAgo?.toFixed(), '3');
  assert.equal(quote?.asOfMs, RECORDING_END_MS);
  assert.equal(quote?.intervalMs, DAY_MS);
  assert.equal(quote?.source, 'memory');
});

test('quotes by the hour where there are hours', async () => {
  const quote = await quoteAt(at(RECORDING_END_MS - 30 * 60_000), 'hourly');
  assert.equal(quote?.amount.toFixed(), '191');
  assert.equal(quote?.hourAgo?.toFixed(), '190');
  assert.equal(quote?.dayAgo?.toFixed(), String(191 - 24));
  assert.equal(quote?.asOfMs, RECORDING_END_MS - HOUR_MS);
});

test('quotes the last close there is, and knows nothing of a day without one', async () => {
  const quote = await quoteAt(createClock('fixed'), 'gap');
  assert.equal(quote?.amount.toFixed(), '9');
  assert.equal(quote?.asOfMs, RECORDING_END_MS - DAY_MS);
  assert.equal((await quoteAt(at(RECORDING_END_MS - 6 * DAY_MS), 'gap'))?.dayAgo, null);
});

test('moves with the platform: shifted, the last day plays today; looped, it goes on by the hour', async () => {
  const noon = Date.parse('2030-05-05T12:00:00Z');
  const shifted = await quoteAt(
    createClock('shift', () => noon),
    'daily',
  );
  assert.equal(shifted?.amount.toFixed(), '9', 'the close of the last day but one');
  assert.equal(shifted?.asOfMs, Date.parse('2030-05-05T00:00:00Z'));
  const byTheHour = await quoteAt(
    createClock('shift', () => noon + 1),
    'hourly',
  );
  assert.equal(byTheHour?.asOfMs, noon);

  let systemMs = 0;
  const loop = createClock('loop', () => systemMs);
  const provider = providerAt(loop);
  const read = async () => (await provider.quotes(['hourly'], 'USD', signal)).get('hourly')?.amount.toFixed();
  assert.equal(await read(), '24');
  systemMs = HOUR_MS - 1;
  assert.equal(await read(), '24');
  systemMs = HOUR_MS;
  assert.equal(await read(), '25');
});

test('leaves out what it does not know, and what has not begun', async () => {
  assert.equal(await quoteAt(createClock('fixed'), 'unknown'), undefined);
  assert.equal(await quoteAt(at(RECORDING_END_MS - 100 * DAY_MS), 'daily'), undefined);
});

test('takes the volume of the last day that is over', async () => {
  const read = async (nowMs: number) =>
    (await providerAt(at(nowMs)).statistics(['daily', 'hourly'], signal))
      .get('daily')
      ?.volume24hUsd?.toFixed();
  assert.equal(await read(RECORDING_END_MS), '77');
  assert.equal(await read(RECORDING_END_MS - 1), '66');
  assert.equal(await read(RECORDING_END_MS - 9 * DAY_MS), undefined);
});

test('plays candles back: only those that are over, moved with the platform', async () => {
  const query = { intervalMs: 4 * HOUR_MS, currency: 'USD', fromMs: 0 };
  const noon = Date.parse('2030-05-05T12:34:00Z');
  const shifted = providerAt(createClock('shift', () => noon));
  const series = await shifted.candles('hourly', query, signal);
  assert.equal(series?.length, 36);
  assert.equal(series?.at(35)?.openMs, Date.parse('2030-05-05T11:00:00Z'));
  assert.equal(series?.at(36), undefined);
  assert.equal(series?.indexFrom(Date.parse('2030-05-05T00:00:00Z')), 24);
  assert.deepEqual(series?.coverage, {
    fromMs: Date.parse('2030-05-04T00:00:00Z'),
    toMs: Date.parse('2030-05-05T12:00:00Z'),
  });
  assert.equal((await providerAt(at(0)).candles('hourly', query, signal))?.length, 0);
});

test('has candles only in the currency of the record, and of no shorter period', async () => {
  const provider = providerAt(createClock('fixed'));
  const read = (id: string, intervalMs: number, currency: string) =>
    provider.candles(id, { intervalMs, currency, fromMs: 0 }, signal);
  assert.equal(await read('hourly', HOUR_MS, 'BTC'), undefined);
  assert.equal(await read('hourly', 5 * 60_000, 'USD'), undefined);
  assert.equal(await read('daily', DAY_MS, 'USD'), undefined);
  assert.equal((await read('hourly', DAY_MS, 'USD'))?.length, 48);
});

test('stops when its caller does', async () => {
  await assert.rejects(providerAt(createClock('fixed')).quotes(['daily'], 'USD', AbortSignal.abort()), {
    name: 'AbortError',
  });
});

test('lays tokens on an hourly grid only when all of them have hours, the quote currency too', async () => {
  const history = new PriceHistory(providerAt(createClock('fixed')), createClock('fixed'), []);
  const read = async (ids: string[], currency = 'USD') => {
    const { interval, ends } = await history.grid(ids, 'ONE_WEEK', currency);
    return [interval, ends.length];
  };
  assert.deepEqual(await read(['hourly']), ['ONE_HOUR', 168]);
  assert.deepEqual(await read(['hourly', 'unknown']), ['ONE_HOUR', 168]);
  assert.deepEqual(await read(['hourly', 'daily']), ['ONE_DAY', 7]);
  assert.deepEqual(await read(['hourly'], 'BTC'), ['ONE_DAY', 7]);
  const month = await history.grid(['hourly'], 'ONE_MONTH', 'USD');
  assert.deepEqual([month.interval, month.ends.length], ['ONE_DAY', 30]);
});

test('tells an untraded period apart from a token without a history', async () => {
  const history = new PriceHistory(providerAt(createClock('fixed')), createClock('fixed'), []);
  const grid = await history.grid(['gap', 'unknown'], 'ONE_WEEK', 'USD');
  const closes = grid.ends.map((endMs) => grid.closeAt('gap', endMs)?.toFixed() ?? null);
  assert.deepEqual(closes, ['4', '5', '6', '7', '8', '9', null]);
  assert.equal(grid.hasHistory('gap'), true);
  assert.equal(grid.hasHistory('unknown'), false);
  assert.equal(grid.closeAt('unknown', RECORDING_END_MS), null);
});

test('MAX has the ends of ISO weeks, from the first close on', async () => {
  const history = new PriceHistory(providerAt(createClock('fixed')), createClock('fixed'), []);
  const grid = await history.grid(['daily'], 'MAX', 'USD');
  // 2026-08-03 is the one Monday within the ten days up to Saturday, 2026-08-08, 00:00.
  assert.deepEqual(grid.ends, [Date.parse('2026-08-03T00:00:00Z')]);
  assert.equal(grid.interval, 'ONE_WEEK');
});

test('finds the highest close in the currency that is asked for, the first among equals', async () => {
  const history = new PriceHistory(providerAt(createClock('fixed')), createClock('fixed'), []);
  const inDollars = await history.highestClose('daily', 'USD');
  assert.equal(inDollars?.amount.toFixed(), '10');
  assert.equal(inDollars?.atMs, RECORDING_END_MS);
  const inBitcoin = await history.highestClose('daily', 'BTC');
  assert.equal(inBitcoin?.amount.toFixed(), '1');
  assert.equal(inBitcoin?.atMs, RECORDING_END_MS - 9 * DAY_MS);
  assert.equal(await history.highestClose('unknown', 'USD'), null);
});

test('reads its files again after a failure', async () => {
  let failures = 1;
  const flaky = async <Value>(read: () => Promise<Value>): Promise<Value> => {
    failures -= 1;
    if (failures >= 0) throw new Error('the disk is away');
    return read();
  };
  const set = createSet();
  const provider = createRecordedProvider(
    [
      {
        source: 'memory',
        set: {
          ...set,
          supplies: () => flaky(set.supplies),
          closes: (id, interval) => flaky(() => set.closes(id, interval)),
        },
      },
    ],
    createClock('fixed'),
  );
  await assert.rejects(provider.statistics(['daily'], signal), /disk/);
  assert.equal((await provider.statistics(['daily'], signal)).size, 1);
  failures = 1;
  await assert.rejects(provider.quotes(['daily'], 'USD', signal), /disk/);
  assert.equal((await provider.quotes(['daily'], 'USD', signal)).size, 1);
});
