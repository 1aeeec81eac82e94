import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { request } from 'undici';
import { defineAnalytics } from '../../../subgraphs/analytics/define-analytics.ts';
import { startSubgraph } from '../../../subgraphs/shared/server.ts';
import { readSettings } from '../../../subgraphs/shared/settings.ts';
import { createAnalyticsWorld, fakeMarket, reader } from '../../kit/analytics-world.ts';
import { startFakePriceServer } from '../../kit/fake-price-server.ts';
import { querySubgraph } from '../../kit/query-subgraph.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import { createTestTrust, type TestClaims } from '../../kit/trust.ts';

const entities = `query ($representations: [_Any!]!) { _entities(representations: $representations) {`;
const portfolioOf = (fields: Record<string, unknown>) => ({
  representations: [{ __typename: 'Portfolio', id: 'pf_1', ...fields }],
});
const position = (id: string, quantity: string) => ({ quantity, token: { id } });

test('tells risk of a token, and null for an unknown or a young one', async () => {
  await using world = await createAnalyticsWorld();
  const { data, errors } = await world.ask(
    `${entities} ... on Token { id risk(window: DAYS_90) {
      observations from to totalReturn annualizedVolatility maxDrawdown maxDrawdownFrom maxDrawdownTo
      beta correlation valueAtRisk95 conditionalValueAtRisk95 benchmark { id } } } } }`,
    {
      representations: ['bitcoin', 'maker', 'newcomer', 'no-such-token'].map((id) => ({
        __typename: 'Token',
        id,
      })),
    },
  );
  assert.deepEqual(errors, []);
  const [bitcoin, maker, newcomer, unknown] = data._entities;
  assert.equal(bitcoin.risk.observations, 90);
  assert.equal(bitcoin.risk.to, '2026-08-08T00:00:00Z');
  assert.equal(bitcoin.risk.from, '2026-05-10T00:00:00Z');
  assert.ok(Math.abs(bitcoin.risk.beta - 1) < 1e-12);
  assert.ok(Math.abs(bitcoin.risk.correlation - 1) < 1e-12);
  const closes = fakeMarket.closes.bitcoin?.values.slice(-91).map(Number) ?? [];
  assert.ok(
    Math.abs(bitcoin.risk.totalReturn - ((closes.at(-1) as number) / (closes[0] as number) - 1)) < 1e-12,
  );
  assert.ok(Math.abs(maker.risk.correlation) < 0.5);
  assert.ok(maker.risk.maxDrawdown < 0 && maker.risk.maxDrawdownFrom < maker.risk.maxDrawdownTo);
  assert.ok(maker.risk.conditionalValueAtRisk95 >= maker.risk.valueAtRisk95);
  assert.deepEqual(maker.risk.benchmark, { id: 'bitcoin' });
  assert.equal(newcomer.risk, null);
  assert.deepEqual(unknown, { id: 'no-such-token', risk: null });
});

test('refuses an unknown benchmark and a risk-free rate out of range', async () => {
  await using world = await createAnalyticsWorld();
  for (const [argument, said] of [
    ['benchmarkTokenId: "no-such-token"', /benchmarkTokenId.*no-such-token/],
    ['riskFreeRate: -0.6', /riskFreeRate.*-0\.5 and 10.*-0\.6/],
    ['riskFreeRate: 11', /riskFreeRate/],
  ] as const) {
    const { errors } = await world.ask(`${entities} ... on Token { risk(${argument}) { beta } } } }`, {
      representations: [{ __typename: 'Token', id: 'bitcoin' }],
    });
    assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT');
    assert.match(errors[0]?.message ?? '', said);
  }
});

test('writes indicators as exact decimals, by day and by whole weeks', async () => {
  await using world = await createAnalyticsWorld();
  const { data, errors } = await world.ask(
    `${entities} ... on Token {
      day: indicators { barOpenTime sma20 sma200 rsi14 macd { line signal histogram } bollinger { upper middle lower percentB } }
      week: indicators(interval: ONE_WEEK) { barOpenTime sma20 sma200 ema26 }
    } } }`,
    {
      representations: ['bitcoin', 'dollar', 'no-such-token'].map((id) => ({ __typename: 'Token', id })),
    },
  );
  assert.deepEqual(errors, []);
  const [bitcoin, dollar, unknown] = data._entities;
  assert.equal(bitcoin.day.barOpenTime, '2026-08-07T00:00:00Z');
  assert.equal(bitcoin.day.sma20, bitcoin.day.bollinger.middle);
  // 8 August 2026 is a Saturday: the last whole week began on Monday, 27 July.
  assert.equal(bitcoin.week.barOpenTime, '2026-07-27T00:00:00Z');
  assert.equal(bitcoin.week.sma200, null);
  assert.match(bitcoin.week.ema26, /^\d+\.\d{1,18}$/);
  assert.equal(dollar.day.sma20, '1');
  assert.equal(dollar.day.rsi14, 100);
  assert.deepEqual(dollar.day.macd, { line: '0', signal: '0', histogram: '0' });
  assert.deepEqual(dollar.day.bollinger, { upper: '1', middle: '1', lower: '1', percentB: null });
  assert.deepEqual(unknown, { day: null, week: null });
});

test('makes a symmetric correlation matrix for callers with a key alone', async () => {
  await using world = await createAnalyticsWorld();
  const query = `query ($ids: [ID!]!) { correlationMatrix(tokenIds: $ids) { tokens { id } rows observations } }`;
  const ids = ['bitcoin', 'ethereum', 'newcomer', 'dollar'];
  const { data, errors } = await world.ask(query, { ids });
  assert.deepEqual(errors, []);
  const { tokens, rows, observations } = data.correlationMatrix;
  assert.deepEqual(
    tokens,
    ids.map((id) => ({ id })),
  );
  assert.equal(observations, 90);
  for (const [row] of ids.entries()) {
    assert.equal(rows[row][row], 1);
    for (const [column] of ids.entries()) assert.equal(rows[row][column], rows[column][row]);
  }
  assert.ok(Math.abs(rows[0][1]) < 1);
  assert.deepEqual(rows[2], [null, null, 1, null]);
  assert.equal(rows[0][3], null, 'a token that never moves has no correlation');

  const anonymous = await world.ask(query, { ids }, {});
  assert.equal(anonymous.errors[0]?.extensions?.code, 'UNAUTHENTICATED');
  for (const bad of [
    ['bitcoin'],
    ['bitcoin', 'bitcoin'],
    ['bitcoin', 'no-such-token'],
    Array(21).fill('bitcoin'),
  ]) {
    const refused = await world.ask(query, { ids: bad });
    assert.equal(refused.errors[0]?.extensions?.code, 'BAD_USER_INPUT');
  }
});

test('correlates a token with others in the order asked', async () => {
  await using world = await createAnalyticsWorld();
  const query = (ids: string) => `${entities} ... on Token {
    correlations(with: ${ids}) { token { id } coefficient observations } } } }`;
  const variables = {
    representations: ['bitcoin', 'no-such-token'].map((id) => ({ __typename: 'Token', id })),
  };
  const { data } = await world.ask(query('["newcomer", "bitcoin"]'), variables);
  const [bitcoin, unknown] = data._entities;
  assert.deepEqual(bitcoin.correlations[0], {
    token: { id: 'newcomer' },
    coefficient: null,
    observations: 9,
  });
  assert.equal(bitcoin.correlations[1].coefficient, 1);
  assert.equal(unknown.correlations, null);
  for (const bad of ['[]', '["no-such-token"]', '["maker", "maker"]']) {
    const refused = await world.ask(query(bad), variables);
    assert.equal(refused.errors[0]?.extensions?.code, 'BAD_USER_INPUT');
  }
});

test('adds up the market in US dollars, bitcoin and ether for anybody', async () => {
  await using world = await createAnalyticsWorld();
  const query = `query ($currency: CurrencyCode!) { marketOverview(currency: $currency) {
    totalMarketCap { amount currency } marketCapChange24h totalVolume24h { amount }
    dominance { token { id } weight } asOf } }`;
  const usd = (await world.ask(query, { currency: 'USD' }, {})).data.marketOverview;
  assert.deepEqual(usd.totalMarketCap, { amount: '9601000.00004605', currency: 'USD' });
  assert.equal(usd.totalVolume24h.amount, '4000');
  assert.ok(Math.abs(usd.marketCapChange24h - (9601000.00004605 / 7681000.00004605 - 1)) < 1e-12);
  assert.deepEqual(
    usd.dominance.map((share: { token: { id: string } }) => share.token.id),
    ['bitcoin', 'ethereum', 'dollar', 'maker'],
  );
  assert.equal(usd.asOf, '2026-08-08T00:00:00Z');
  const btc = (await world.ask(query, { currency: 'BTC' }, {})).data.marketOverview;
  assert.deepEqual(btc.totalMarketCap, { amount: '150.01562500071953125', currency: 'BTC' });
  assert.ok(Math.abs(btc.marketCapChange24h - (9601000.00004605 / 7681000.00004605 / 1.25 - 1)) < 1e-12);
  const refused = await world.ask(query, { currency: 'EUR' }, {});
  assert.equal(refused.errors[0]?.extensions?.code, 'BAD_USER_INPUT');
  assert.match(refused.errors[0]?.message ?? '', /USD, BTC, ETH, found EUR/);
});

test('takes unrealised profit from the representation', async () => {
  await using world = await createAnalyticsWorld();
  const usd = (amount: string) => ({ amount, currency: 'USD' });
  const query = `${entities} ... on Holding { unrealizedPnl { amount { amount currency } ratio } } } }`;
  const holding = (id: string, costBasis: unknown, value: unknown) => ({
    __typename: 'Holding',
    id,
    costBasis,
    value,
  });
  const variables = {
    representations: [
      holding('h1', usd('0.3'), usd('0.1')),
      holding('h2', usd('0'), usd('5')),
      holding('h3', usd('7'), null),
    ],
  };
  const { data, errors } = await world.ask(query, variables);
  assert.deepEqual(errors, []);
  assert.deepEqual(data._entities, [
    { unrealizedPnl: { amount: usd('-0.2'), ratio: -2 / 3 } },
    { unrealizedPnl: { amount: usd('5'), ratio: null } },
    { unrealizedPnl: null },
  ]);
  const refused = await world.ask(query, variables, { tier: 'FREE', userId: 'u', scopes: [] });
  assert.equal(refused.errors[0]?.extensions?.code, 'FORBIDDEN');
});

test('allocates by token, category and chain, unpriced tokens left out', async () => {
  await using world = await createAnalyticsWorld();
  const variables = portfolioOf({
    baseCurrency: 'USD',
    positions: [
      position('maker', '100000000.5'),
      position('bitcoin', '0.25'),
      position('newcomer', '10'),
      position('ethereum', '1'),
      position('dollar', '0'),
    ],
  });
  const { data, errors } = await world.ask(
    `${entities} ... on Portfolio {
      token: allocation { key label token { id } value { amount currency } weight }
      category: allocation(by: CATEGORY) { key label token { id } weight }
      chain: allocation(by: CHAIN) { key label value { amount } }
    } } }`,
    variables,
  );
  assert.deepEqual(errors, []);
  const [{ token: byToken, category, chain }] = data._entities;
  assert.deepEqual(
    byToken.map((slice: { value: { amount: string } }) => slice.value.amount),
    ['16000', '3200', '921.000004605'],
  );
  assert.deepEqual(byToken[2].token, { id: 'maker' });
  const sum = byToken.reduce((total: number, { weight }: { weight: number }) => total + weight, 0);
  assert.ok(Math.abs(sum - 1) < 1e-9);
  assert.deepEqual(
    category.map(({ key, label, token: one }: { key: string; label: string; token: unknown }) => [
      key,
      label,
      one,
    ]),
    [
      ['layer-1', 'Layer 1', null],
      ['smart-contract-platform', 'Smart contract platform', null],
      ['lending', 'Lending', null],
    ],
  );
  assert.deepEqual(chain[1], { key: 'eip155:1', label: 'Ethereum', value: { amount: '4121.000004605' } });
});

test('values positions in bitcoin by quotes with 18 places', async () => {
  await using world = await createAnalyticsWorld();
  const { data } = await world.ask(
    `${entities} ... on Portfolio { allocation { key value { amount currency } } } } }`,
    portfolioOf({ baseCurrency: 'BTC', positions: [position('bitcoin', '0.5'), position('maker', '3')] }),
  );
  // 0.00000921 / 64000 = 1.4390625e-10 exactly.
  assert.deepEqual(data._entities[0].allocation, [
    { key: 'bitcoin', value: { amount: '0.5', currency: 'BTC' } },
    { key: 'maker', value: { amount: '0.00000000043171875', currency: 'BTC' } },
  ]);
  const unsupported = await world.ask(
    `${entities} ... on Portfolio { allocation { key } } } }`,
    portfolioOf({ baseCurrency: 'EUR', positions: [position('bitcoin', '0.5')] }),
  );
  assert.deepEqual(unsupported.data._entities, [{ allocation: null }]);
});

test('computes portfolio risk over the days that all priced tokens share', async () => {
  await using world = await createAnalyticsWorld();
  const query = `${entities} ... on Portfolio { risk { observations beta totalReturn } } } }`;
  const ask = (positions: unknown[], claims?: TestClaims, baseCurrency = 'USD') =>
    world.ask(query, portfolioOf({ baseCurrency, positions }), claims);
  const bitcoin = (await ask([position('bitcoin', '2'), position('no-such-token', '1')])).data._entities[0];
  assert.equal(bitcoin.risk.observations, 365);
  assert.ok(Math.abs(bitcoin.risk.beta - 1) < 1e-12);
  const inBitcoin = (await ask([position('bitcoin', '2')], reader, 'BTC')).data._entities[0];
  assert.deepEqual(inBitcoin.risk, { observations: 365, beta: null, totalReturn: 0 });
  const young = await ask([position('bitcoin', '2'), position('newcomer', '1')]);
  assert.equal(young.data._entities[0].risk, null);
  const refused = await ask([position('bitcoin', '2')], { ...reader, scopes: ['portfolio:read'] });
  assert.equal(refused.errors[0]?.extensions?.code, 'FORBIDDEN');
});

test('reports performance of a ledger', async () => {
  await using world = await createAnalyticsWorld();
  const entry = (at: string, id: string, quantityDelta: string, externalFlow: string) => ({
    at,
    quantityDelta,
    externalFlow,
    token: { id },
  });
  const variables = portfolioOf({
    baseCurrency: 'USD',
    ledger: [
      entry('2026-08-01T12:00:00Z', 'dollar', '100', '100'),
      entry('2026-08-03T09:30:00.250Z', 'dollar', '50', '50'),
      entry('2026-08-05T00:00:00Z', 'dollar', '-30', '-30'),
      entry('2026-08-06T18:00:00Z', 'dollar', '12', '0'),
      entry('2026-08-08T10:00:00Z', 'dollar', '1000', '1000'),
    ],
  });
  const { data, errors } = await world.ask(
    `${entities} ... on Portfolio {
      all: performance(range: ALL) { from to startValue { amount } endValue { amount currency } netFlows { amount }
        gain { amount } timeWeightedReturn moneyWeightedReturn series { at value { amount } cumulativeReturn } }
      day: performance(range: ONE_DAY) { from to startValue { amount } endValue { amount } timeWeightedReturn }
    } } }`,
    variables,
  );
  assert.deepEqual(errors, []);
  const [{ all, day }] = data._entities;
  assert.equal(all.from, '2026-08-01T00:00:00Z');
  assert.equal(all.to, '2026-08-08T00:00:00Z');
  assert.equal(all.startValue.amount, '0');
  assert.deepEqual(all.endValue, { amount: '132', currency: 'USD' });
  assert.equal(all.netFlows.amount, '120');
  assert.equal(all.gain.amount, '12');
  // A reward of 12 upon 120 is all that this portfolio earned.
  assert.ok(Math.abs(all.timeWeightedReturn - 0.1) < 1e-12);
  assert.ok(all.moneyWeightedReturn > 1);
  assert.deepEqual(
    all.series.map((point: { value: { amount: string } }) => point.value.amount),
    ['0', '100', '100', '150', '150', '120', '132', '132'],
  );
  assert.equal(all.series[6].cumulativeReturn, all.timeWeightedReturn);
  assert.deepEqual(day, {
    from: '2026-08-07T00:00:00Z',
    to: '2026-08-08T00:00:00Z',
    startValue: { amount: '132' },
    endValue: { amount: '132' },
    timeWeightedReturn: 0,
  });
});

test('goes on answering from its copies when the price subgraph is gone', async () => {
  await using world = await createAnalyticsWorld();
  await world.price.close();
  const { data, errors } = await world.ask('{ marketOverview { totalMarketCap { amount } } }');
  assert.deepEqual(errors, []);
  assert.equal(data.marketOverview.totalMarketCap.amount, '9601000.00004605');
  const health = await request(new URL('/health', world.subgraph.url));
  assert.equal(health.statusCode, 200);
  await health.body.dump();
});

test('asks the price subgraph once, however many operations it answers', async () => {
  await using world = await createAnalyticsWorld();
  await Promise.all(Array.from({ length: 20 }, () => world.ask('{ marketOverview { asOf } }')));
  assert.deepEqual(Object.fromEntries(world.price.requests), { tokens: 1, closes: 1, hours: 1, market: 1 });
});

test('is not ready before its first copies, and says why', async () => {
  using folder = createTemporaryFolder();
  await using trust = await createTestTrust();
  const price = await startFakePriceServer(fakeMarket);
  await price.close();
  const log = pino({ level: 'silent' });
  const definition = await defineAnalytics(
    readSettings(0, {
      STATE_DIR: folder.path,
      TRUSTED_KEYS: trust.trustedKeysFile,
      SERVICE_KEY: trust.serviceKeyFile('analytics'),
      PRICE_URL: price.url,
    }),
    log,
  );
  const subgraph = await startSubgraph(definition, {
    host: '127.0.0.1',
    port: 0,
    trustedKeys: trust.jwks,
    log,
  });
  const { statusCode, body } = await request(new URL('/health', subgraph.url));
  assert.equal(statusCode, 503);
  assert.match(await body.text(), /waiting for market data/);
  const { errors } = await querySubgraph({
    url: subgraph.url,
    name: 'analytics',
    trust,
    query: '{ marketOverview { asOf } }',
  });
  assert.equal(errors[0]?.extensions?.code, 'INTERNAL_SERVER_ERROR');
  await subgraph.close();
});
