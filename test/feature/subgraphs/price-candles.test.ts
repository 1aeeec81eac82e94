import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Decimal, sumDecimals } from '../../../subgraphs/shared/decimal.ts';
import { createPriceTestServer, type PriceTestServer } from '../../kit/price-server.ts';
import { market, readRows, universe } from '../../kit/read-recordings.ts';
import type { TestClaims } from '../../kit/trust.ts';

const FIELDS = 'openTime open high low close volume closed filled';
const BUSINESS: TestClaims = { tier: 'BUSINESS' };

interface CandleAnswer {
  readonly openTime: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly closed: boolean;
  readonly filled: boolean;
}

suite('candles of the price subgraph', () => {
  let price: PriceTestServer;
  before(async () => {
    price = await createPriceTestServer();
  });
  after(() => price[Symbol.asyncDispose]());

  const ask = (id: string, args: string, claims?: TestClaims) =>
    price.query(`query ($id: ID!) { token(id: $id) { candles(${args}) { ${FIELDS} } } }`, { id }, claims);
  const candles = async (id: string, args: string, claims?: TestClaims): Promise<CandleAnswer[]> => {
    const { data, errors } = await ask(id, args, claims);
    assert.deepEqual(errors, []);
    return data.token.candles;
  };

  test('serves recorded hours as they are', async () => {
    const rows = await readRows(universe, 'candles/tether.ONE_HOUR.csv');
    const found = await candles('tether', 'interval: ONE_HOUR, from: "2026-07-24T00:30:00Z"');
    assert.equal(found.length, 360);
    assert.deepEqual(
      found.map(({ closed: _closed, filled: _filled, openTime, ...prices }) => [
        new Date(openTime).toISOString(),
        ...Object.values(prices),
      ]),
      rows.map(({ closed: _closed, ...row }) => Object.values(row)),
    );
    assert.ok(found.every(({ closed, filled }) => closed && !filled));
  });

  test('makes days and weeks of hours; the running week is open, the cut one is left out', async () => {
    const rows = await readRows(universe, 'candles/solana.ONE_HOUR.csv');
    const days = await candles('solana', 'interval: ONE_DAY, from: "2026-07-10T00:00:00Z"');
    assert.equal(days.length, 15);
    const [firstDay] = days;
    const hours = rows.slice(0, 24);
    assert.equal(firstDay?.open, hours[0]?.open);
    assert.equal(firstDay?.close, hours.at(-1)?.close);
    assert.equal(firstDay?.high, Decimal.max(...hours.map(({ high = '' }) => high)).toFixed());
    assert.equal(firstDay?.low, Decimal.min(...hours.map(({ low = '' }) => low)).toFixed());
    assert.equal(
      firstDay?.volume,
      sumDecimals(hours.map(({ volume = '' }) => new Decimal(volume))).toFixed(),
    );
    const weeks = await candles('solana', 'interval: ONE_WEEK, from: "2026-07-20T00:00:00Z"');
    assert.deepEqual(
      weeks.map(({ openTime, closed }) => [openTime, closed]),
      [
        ['2026-07-27T00:00:00Z', true],
        ['2026-08-03T00:00:00Z', false],
      ],
    );
    assert.equal(weeks.at(-1)?.close, days.at(-1)?.close);
    assert.equal((await candles('solana', 'interval: FOUR_HOURS, from: "2026-08-07T00:00:00Z"')).length, 6);
  });

  test('serves recorded minutes in the currency that they are quoted in', async () => {
    const rows = await readRows(market, 'candles/bitcoin.ONE_MINUTE.csv');
    const from = 'from: "2021-02-19T00:00:00Z", currency: "USDT"';
    const minutes = await candles('bitcoin', `interval: ONE_MINUTE, limit: 1000, ${from}`, BUSINESS);
    assert.equal(minutes.length, 1000);
    assert.equal(minutes.at(-1)?.close, rows[999]?.close);
    const days = await candles('bitcoin', `interval: ONE_DAY, fillGaps: true, ${from}`, BUSINESS);
    assert.equal(days.length, 7);
    assert.equal(
      sumDecimals(days.map(({ volume }) => new Decimal(volume))).toFixed(),
      sumDecimals(rows.map(({ volume = '' }) => new Decimal(volume))).toFixed(),
    );
    assert.deepEqual(await candles('bitcoin', `interval: ONE_WEEK, ${from}`, BUSINESS), []);
  });

  test('has no candles where a source has closes alone, nor in a currency that it does not quote in', async () => {
    const from = 'from: "2026-08-01T00:00:00Z"';
    assert.deepEqual(await candles('bitcoin', `interval: ONE_DAY, ${from}`), []);
    assert.deepEqual(await candles('solana', `interval: ONE_DAY, ${from}, currency: "BTC"`), []);
    assert.deepEqual(await candles('solana', `interval: ONE_MINUTE, ${from}`, { tier: 'PRO' }), []);
    assert.deepEqual(await candles('aragon', `interval: ONE_DAY, ${from}`), []);
  });

  test('takes the end as exclusive, and leaves out what has not come', async () => {
    const opens = async (to: string) =>
      (await candles('solana', `interval: ONE_DAY, from: "2026-08-05T00:00:00Z", to: "${to}"`)).length;
    assert.equal(await opens('2026-08-06T00:00:00Z'), 1);
    assert.equal(await opens('2026-08-06T00:00:01Z'), 2);
    assert.equal(await opens('2027-01-01T00:00:00Z'), 3);
  });

  test('restricts fine candles and old ones by the plan', async () => {
    const code = async (args: string, tier: NonNullable<TestClaims['tier']>) => {
      const { data, errors } = await ask('solana', args, { tier });
      if (errors.length > 0) assert.equal(data.token.candles, null);
      return errors[0]?.extensions;
    };
    for (const interval of ['ONE_MINUTE', 'FIVE_MINUTES']) {
      const args = `interval: ${interval}, from: "2026-08-07T00:00:00Z"`;
      assert.deepEqual(await code(args, 'FREE'), { code: 'PLAN_RESTRICTED', requiredTier: 'PRO' });
      assert.equal((await code(args, 'ANONYMOUS'))?.code, 'PLAN_RESTRICTED');
      assert.equal(await code(args, 'PRO'), undefined);
    }
    const days = (from: string) => `interval: ONE_DAY, from: "${from}"`;
    assert.deepEqual(await code(days('2026-07-08T23:59:59Z'), 'ANONYMOUS'), {
      code: 'PLAN_RESTRICTED',
      earliestDate: '2026-07-09',
    });
    assert.equal(await code(days('2026-07-09T00:00:00Z'), 'ANONYMOUS'), undefined);
    assert.equal((await code(days('2022-08-08T00:00:00Z'), 'PRO'))?.earliestDate, '2022-08-09');
    assert.equal(await code(days('1970-01-01T00:00:00Z'), 'ENTERPRISE'), undefined);
  });

  for (const [what, args, expected] of [
    ['a start in the future', 'from: "2026-08-08T00:00:01Z"', /"from" expects an instant in the past/],
    ['an end before the start', 'from: "2026-08-07T00:00:00Z", to: "2026-08-06T00:00:00Z"', /"to" expects/],
    ['an end at the start', 'from: "2026-08-07T00:00:00Z", to: "2026-08-07T00:00:00Z"', /"to" expects/],
    ['no limit', 'from: "2026-08-07T00:00:00Z", limit: 0', /"limit" must be between 1 and 1000, found 0/],
    ['a negative limit', 'from: "2026-08-07T00:00:00Z", limit: -1', /found -1/],
    ['a limit beyond the most', 'from: "2026-08-07T00:00:00Z", limit: 1000000000', /found 1000000000/],
    [
      'a currency that nobody quotes in',
      'from: "2026-08-07T00:00:00Z", currency: "XYZ"',
      /"currency" expects one of/,
    ],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const { errors } = await ask('solana', `interval: ONE_DAY, ${args}`);
      assert.match(errors[0]?.message ?? '', expected);
      assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT');
    });
  }

  test('refuses instants that are none', async () => {
    for (const from of ['2026-02-30T00:00:00Z', '2026-08-07T00:00:00+02:00', '2026-08-07', '1e999999', '']) {
      const { errors } = await price.query(
        'query ($from: DateTime!) { token(id: "solana") { candles(interval: ONE_DAY, from: $from) { open } } }',
        { from },
      );
      assert.match(errors[0]?.message ?? '', /DateTime expects an instant in UTC/);
      assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT');
    }
  });
});
