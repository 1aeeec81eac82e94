import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMA, RSI } from 'technicalindicators';
import { request } from 'undici';
import { HOUR_MS } from '../../../subgraphs/shared/clock.ts';
import type { CloseSeries } from '../../../subgraphs/shared/market-copy.ts';
import { createAnalyticsWorld, fakeMarket } from '../../kit/analytics-world.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { randomWalk } from '../../kit/random-walk.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

/** Hours that begin in the middle of a bar of four, and end in the middle of one. */
const START = '2026-07-24T02:00:00.000Z';
const COUNT = 355;
const hoursOf = (seed: number, count = COUNT): CloseSeries => ({
  ...randomWalk(seed, START, count, 100),
  from: START,
});
const gappy = hoursOf(8);
const market = {
  ...fakeMarket,
  hours: {
    maker: hoursOf(7),
    // The last hour of one bar and all hours of another without a trade.
    dollar: {
      ...gappy,
      values: gappy.values.map((value, index) => (index === 5 || (index >= 10 && index < 14) ? null : value)),
    },
    newcomer: hoursOf(9, 30),
  },
};

const ENTITY = `query ($id: ID!, $interval: IndicatorInterval!) {
  _entities(representations: [{ __typename: "Token", id: $id }]) { ... on Token {
    indicators(interval: $interval) { barOpenTime sma20 sma50 sma200 ema12 ema26 rsi14 macd { line signal histogram } bollinger { upper middle lower } }
    indicatorSeries(interval: $interval, indicator: { kind: SMA, period: 2 }, last: 500) { barOpenTime value } } } }`;

/** Bars by another way than the subgraph's: each hour asks whether the next one opens another bar. */
function plainBars({ from, values }: CloseSeries, hoursPerBar: number) {
  const bars: { open: string; close: number }[] = [];
  let close: string | null = null;
  for (const [index, value] of values.entries()) {
    const startMs = Date.parse(from) + index * HOUR_MS;
    close = value ?? close;
    const endsBar = (startMs / HOUR_MS + 1) % hoursPerBar === 0;
    if (!endsBar) continue;
    const openMs = startMs + HOUR_MS - hoursPerBar * HOUR_MS;
    if (close !== null)
      bars.push({ open: new Date(openMs).toISOString().replace('.000Z', 'Z'), close: Number(close) });
    close = null;
  }
  return bars;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const [interval, hoursPerBar] of [
  ['ONE_HOUR', 1],
  ['FOUR_HOURS', 4],
] as const) {
  test(`${interval}: indicators of closed bars, equal to those of bars made another way`, async () => {
    await using world = await createAnalyticsWorld(market);
    for (const id of ['maker', 'dollar'] as const) {
      const { data, errors } = await world.ask(ENTITY, { id, interval });
      assert.deepEqual(errors, []);
      const [{ indicators, indicatorSeries }] = data._entities;
      const bars = plainBars(market.hours[id], hoursPerBar);
      const closes = bars.map(({ close }) => close);
      assert.equal(indicators.barOpenTime, bars.at(-1)?.open);
      assertClose(Number(indicators.sma20), mean(closes.slice(-20)), 1e-9);
      assertClose(Number(indicators.sma50), mean(closes.slice(-50)), 1e-9);
      assertClose(
        Number(indicators.ema12),
        EMA.calculate({ period: 12, values: closes }).at(-1) as number,
        1e-9,
      );
      assert.ok(
        Math.abs(indicators.rsi14 - (RSI.calculate({ period: 14, values: closes }).at(-1) as number)) <
          0.0051,
      );
      assert.equal(indicators.sma200 === null, closes.length < 200);
      assert.deepEqual(
        indicatorSeries.map(({ barOpenTime }: { barOpenTime: string }) => barOpenTime),
        bars.map(({ open }) => open),
      );
      assert.equal(indicatorSeries[0].value, null);
      assertClose(indicatorSeries[1].value, mean(closes.slice(0, 2)), 1e-12);
    }
  });
}

test('has no bars of hours where a source has closes of days alone, and no averages of too few bars', async () => {
  await using world = await createAnalyticsWorld(market);
  const daily = await world.ask(ENTITY, { id: 'bitcoin', interval: 'ONE_HOUR' });
  assert.deepEqual(daily.data._entities, [{ indicators: null, indicatorSeries: null }]);
  const { data } = await world.ask(ENTITY, { id: 'newcomer', interval: 'FOUR_HOURS' });
  const [{ indicators }] = data._entities;
  // 02:00 to 08:00 of the next day: eight closed bars, of the first of which half is known.
  assert.equal(indicators.barOpenTime, '2026-07-25T04:00:00Z');
  assert.deepEqual([indicators.sma20, indicators.rsi14, indicators.macd], [null, null, null]);
});

test('hours and days serve on while price is down, also after a restart, with the times that they are of', async () => {
  using folder = createTemporaryFolder();
  const query = `{ marketOverview { asOf totalMarketCap { amount } } marketIndices { id rebalancedAt asOf }
    correlationMatrix(tokenIds: ["bitcoin", "ethereum"]) { rows }
    _entities(representations: [{ __typename: "Token", id: "maker" }]) { ... on Token {
      risk { to } grades { asOf } signal { asOf } hours: indicators(interval: FOUR_HOURS) { barOpenTime sma20 } days: indicators { barOpenTime } } } }`;
  await using first = await createAnalyticsWorld(market, folder.path);
  const before = await first.ask(query);
  assert.deepEqual(before.errors, []);
  const end = '2026-08-08T00:00:00Z';
  const [maker] = before.data._entities;
  assert.deepEqual([before.data.marketOverview.asOf, maker.risk.to, maker.signal.asOf], [end, end, end]);
  await first.price.close();
  assert.deepEqual(await first.ask(query), before);
  await first.subgraph.close();

  await using second = await createAnalyticsWorld(market, folder.path, { isPriceDown: true });
  assert.deepEqual(await second.ask(query), before);
  assert.equal((await request(new URL('/health', second.subgraph.url))).statusCode, 200);
});

test('closes that are still being collected are as none, never some of them; all figures come with them', async () => {
  let isCollecting = true;
  await using world = await createAnalyticsWorld({ ...market, isCollecting: () => isCollecting });
  const query = `{ marketOverview { totalMarketCap { amount } } marketIndices { id } researchReports { totalCount }
    correlationMatrix(tokenIds: ["bitcoin", "ethereum"]) { rows observations }
    _entities(representations: [{ __typename: "Token", id: "maker" }]) { ... on Token {
      risk { observations } grades { asOf } signal { direction } levels { touches } indicators { sma20 }
      hours: indicators(interval: ONE_HOUR) { sma20 } } } }`;
  const before = await world.ask(query);
  assert.deepEqual(before.errors, []);
  assert.ok(before.data.marketOverview.totalMarketCap.amount);
  assert.deepEqual(before.data.marketIndices, []);
  assert.deepEqual(before.data.correlationMatrix, {
    rows: [
      [1, null],
      [null, 1],
    ],
    observations: 0,
  });
  assert.deepEqual(before.data._entities, [
    { risk: null, grades: null, signal: null, levels: null, indicators: null, hours: null },
  ]);
  const ledger = [
    { at: '2026-08-01T00:00:00Z', quantityDelta: '1', externalFlow: '1', token: { id: 'bitcoin' } },
  ];
  const representations = [
    {
      __typename: 'Portfolio',
      id: 'pf_1',
      baseCurrency: 'USD',
      ledger,
      positions: [{ quantity: '1', token: { id: 'bitcoin' } }],
    },
  ];
  const { data, errors } = await world.ask(
    `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Portfolio {
      risk { observations } performance { gain { amount } } } } }`,
    { representations },
  );
  assert.deepEqual([data._entities, errors], [[{ risk: null, performance: null }], []]);

  isCollecting = false;
  for (;;) {
    const [{ risk, hours }] = (await world.ask(query)).data._entities;
    if (risk !== null && hours !== null) break;
  }
  const after = await world.ask(query);
  assert.equal(after.data._entities[0].risk.observations, 365);
  assert.equal(after.data.correlationMatrix.observations, 90);
});
