import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnalyticsWorld, fakeMarket, reader, wanderingMarket } from '../../kit/analytics-world.ts';

const entities = `query ($representations: [_Any!]!) { _entities(representations: $representations) {`;
const tokens = (...ids: string[]) => ({
  representations: ids.map((id) => ({ __typename: 'Token', id })),
});

test('tells the history of an indicator by day and by week, oldest first', async () => {
  await using world = await createAnalyticsWorld();
  const { data, errors } = await world.ask(
    `${entities} ... on Token {
      day: indicatorSeries(indicator: { kind: SMA, period: 20 }, last: 3) { barOpenTime value upper lower }
      week: indicatorSeries(indicator: { kind: RSI }, interval: ONE_WEEK, last: 2) { barOpenTime value }
      indicators { sma20 }
    } } }`,
    tokens('bitcoin', 'newcomer', 'no-such-token'),
  );
  assert.deepEqual(errors, []);
  const [bitcoin, newcomer, unknown] = data._entities;
  assert.deepEqual(
    bitcoin.day.map(({ barOpenTime }: { barOpenTime: string }) => barOpenTime),
    ['2026-08-05T00:00:00Z', '2026-08-06T00:00:00Z', '2026-08-07T00:00:00Z'],
  );
  assert.ok(Math.abs(bitcoin.day[2].value / Number(bitcoin.indicators.sma20) - 1) < 1e-12);
  assert.equal(bitcoin.day[2].upper, null);
  assert.equal(bitcoin.week[1].barOpenTime, '2026-07-27T00:00:00Z');
  assert.ok(bitcoin.week[1].value > 0 && bitcoin.week[1].value < 100);
  assert.deepEqual(newcomer.day[2], {
    barOpenTime: '2026-08-07T00:00:00Z',
    value: null,
    upper: null,
    lower: null,
  });
  assert.deepEqual(unknown, { day: null, week: null, indicators: null });
});

test('refuses a period or a number of points out of range', async () => {
  await using world = await createAnalyticsWorld();
  for (const [argument, said] of [
    ['indicator: { kind: EMA, period: 1 }', /indicator\.period.*2 and 250, found 1/],
    ['indicator: { kind: MACD, period: 251 }', /indicator\.period.*251/],
    ['indicator: { kind: SMA }, last: 0', /last.*1 and 500, found 0/],
    ['indicator: { kind: SMA }, last: 501', /last.*501/],
  ] as const) {
    const { errors } = await world.ask(
      `${entities} ... on Token { indicatorSeries(${argument}) { value } } } }`,
      tokens('bitcoin'),
    );
    assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT');
    assert.match(errors[0]?.message ?? '', said);
  }
});

test('tells levels nearest first, and none where nothing ever turned', async () => {
  await using world = await createAnalyticsWorld();
  const { data, errors } = await world.ask(
    `${entities} ... on Token { levels { kind price { amount currency } touches } } } }`,
    tokens('bitcoin', 'dollar', 'no-such-token'),
  );
  assert.deepEqual(errors, []);
  const [bitcoin, dollar, unknown] = data._entities;
  const lastClose = Number(fakeMarket.closes.bitcoin?.values.at(-1));
  const levels: { kind: string; price: { amount: string }; touches: number }[] = bitcoin.levels;
  assert.ok(levels.length > 0 && levels.length <= 6);
  const distances = levels.map(({ price }) => Math.abs(Math.log(Number(price.amount) / lastClose)));
  assert.deepEqual(
    distances,
    distances.toSorted((a, b) => a - b),
  );
  for (const { kind, price, touches } of levels) {
    assert.equal(kind, Number(price.amount) < lastClose ? 'SUPPORT' : 'RESISTANCE');
    assert.ok(touches >= 2);
  }
  assert.deepEqual(dollar.levels, []);
  assert.equal(unknown.levels, null);
});

test('tells signals to holders of analytics:pro alone', async () => {
  await using world = await createAnalyticsWorld();
  const query = `${entities} ... on Token {
    signal { direction confidence since priceAtSignal { amount currency } returnSince modelVersion } } } }`;
  const variables = tokens('bitcoin', 'newcomer', 'no-such-token');
  const { data, errors } = await world.ask(query, variables);
  assert.deepEqual(errors, []);
  const [{ signal }, newcomer, unknown] = data._entities;
  assert.match(signal.direction, /^(BULLISH|NEUTRAL|BEARISH)$/);
  assert.ok(signal.confidence >= 0 && signal.confidence <= 1);
  const day = (Date.parse(signal.since) - Date.parse('2025-07-05')) / 86_400_000;
  assert.equal(Number(signal.priceAtSignal.amount), Number(fakeMarket.closes.bitcoin?.values[day]));
  assert.equal(signal.modelVersion, 'vma-1-200-1pct/1');
  assert.deepEqual([newcomer.signal, unknown.signal], [null, null]);
  const refused = await world.ask(query, variables, { ...reader, scopes: ['portfolio:read'] });
  assert.equal(refused.errors[0]?.extensions?.code, 'FORBIDDEN');
  const anonymous = await world.ask(query, variables, {});
  assert.equal(anonymous.errors[0]?.extensions?.code, 'UNAUTHENTICATED');
});

test('grades tokens for holders of analytics:pro alone', async () => {
  await using world = await createAnalyticsWorld();
  const query = `${entities} ... on Token { grades {
    traderGrade traderGradeChange24h investorGrade investorGradeChange24h
    components { name score weight } modelVersion asOf } } } }`;
  const variables = tokens('bitcoin', 'ethereum', 'maker', 'dollar', 'newcomer', 'no-such-token');
  const { data, errors } = await world.ask(query, variables);
  assert.deepEqual(errors, []);
  const [bitcoin, ethereum, maker, ...others] = data._entities.map(
    ({ grades }: { grades: unknown }) => grades,
  );
  assert.deepEqual(others, [null, null, null]);
  for (const { components, traderGrade, investorGrade, asOf, modelVersion } of [bitcoin, ethereum, maker]) {
    const [momentum, trend, volume, ...rest] = components.map(({ score }: { score: number }) => score);
    assert.ok(Math.abs(traderGrade - (momentum + trend + volume) / 3) < 1e-9);
    assert.ok(Math.abs(investorGrade - rest.reduce((sum: number, score: number) => sum + score) / 3) < 1e-9);
    assert.equal(volume, 50, 'all trade alike');
    assert.equal(asOf, '2026-08-08T00:00:00Z');
    assert.equal(modelVersion, 'percentile-ranks/1');
  }
  const refused = await world.ask(query, variables, { ...reader, scopes: [] });
  assert.equal(refused.errors[0]?.extensions?.code, 'FORBIDDEN');
});

/** Twenty-four tokens that wander for 400 days, of which ten are of the category defi. */
const wideMarket = wanderingMarket(24, 10);

test('tells indices to anybody, by list, by id and as entities', async () => {
  await using world = await createAnalyticsWorld(wideMarket);
  const { data, errors } = await world.ask(
    `query ($representations: [_Any!]!) {
      marketIndices { id name methodology level change24h constituents { token { id } weight } rebalancedAt }
      marketIndex(id: "idx_defi-10") { name level }
      unknown: marketIndex(id: "idx_nothing") { name }
      _entities(representations: $representations) { ... on MarketIndex { id level } }
    }`,
    {
      representations: ['idx_equal-20', 'idx_nothing'].map((id) => ({ __typename: 'MarketIndex', id })),
    },
    {},
  );
  assert.deepEqual(errors, []);
  const [large, equal, defi] = data.marketIndices;
  assert.deepEqual(
    [large, equal, defi].map(({ id, constituents }) => [id, constituents.length]),
    [
      ['idx_large-10', 10],
      ['idx_equal-20', 20],
      ['idx_defi-10', 10],
    ],
  );
  for (const index of data.marketIndices) {
    const weights = index.constituents.map(({ weight }: { weight: number }) => weight);
    assert.deepEqual(
      weights,
      weights.toSorted((a: number, b: number) => b - a),
    );
    assert.equal(index.rebalancedAt, '2026-08-01T00:00:00Z');
    assert.match(index.methodology, /Laspeyres.*divisor-monthly/s);
    assert.ok(index.level > 0 && Math.abs(index.change24h) < 0.1);
  }
  assert.deepEqual(data.marketIndex, { name: defi.name, level: defi.level });
  assert.equal(data.unknown, null);
  assert.deepEqual(data._entities, [{ id: 'idx_equal-20', level: equal.level }, null]);
});

test('has no index of a market that is too small for it', async () => {
  await using world = await createAnalyticsWorld();
  const { data } = await world.ask('{ marketIndices { id } marketIndex(id: "idx_large-10") { id } }', {}, {});
  assert.deepEqual(data, { marketIndices: [], marketIndex: null });
});

const REPORT = '{ id title token { id } summary body generated publishedAt }';

test('pages through reports, newest first, and finds each by its id', async () => {
  await using world = await createAnalyticsWorld(wideMarket);
  const query = `query ($after: String, $tokenIds: [ID!]) { researchReports(first: 5, after: $after, tokenIds: $tokenIds) {
    edges { cursor node { id } } nodes ${REPORT} pageInfo { endCursor hasNextPage hasPreviousPage } totalCount } }`;
  interface Report {
    readonly id: string;
    readonly publishedAt: string;
    readonly token: { readonly id: string };
  }
  const readAll = async (tokenIds?: string[]) => {
    const nodes: Report[] = [];
    for (let after: string | undefined; ; ) {
      const { data, errors } = await world.ask(query, { after, tokenIds });
      assert.deepEqual(errors, []);
      const page = data.researchReports;
      nodes.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) return { nodes, totalCount: page.totalCount as number };
      after = page.pageInfo.endCursor;
    }
  };
  const { nodes, totalCount } = await readAll();
  assert.ok(nodes.length > 5);
  assert.equal(nodes.length, totalCount);
  assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);
  const instants = nodes.map(({ publishedAt }) => publishedAt);
  assert.deepEqual(instants, instants.toSorted().toReversed());

  const tokenId = nodes[0]?.token.id as string;
  const filtered = await readAll([tokenId]);
  assert.deepEqual(
    filtered.nodes,
    nodes.filter(({ token }) => token.id === tokenId),
  );
  const { data } = await world.ask(`${entities} ... on ResearchReport ${REPORT} } }`, {
    representations: [nodes[3]?.id, 'report_unknown'].map((id) => ({ __typename: 'ResearchReport', id })),
  });
  assert.deepEqual(data._entities, [nodes[3], null]);
});

test('shows reports to holders of analytics:pro alone, as entities too, and refuses bad pages', async () => {
  await using world = await createAnalyticsWorld(wideMarket);
  const list = '{ researchReports { nodes { id title } } }';
  const { data } = await world.ask(list);
  const { id } = data.researchReports.nodes[0];
  const entity = `${entities} ... on ResearchReport { title } } }`;
  const variables = { representations: [{ __typename: 'ResearchReport', id }] };
  for (const [claims, code] of [
    [{}, 'UNAUTHENTICATED'],
    [{ ...reader, scopes: ['portfolio:read'] }, 'FORBIDDEN'],
  ] as const) {
    for (const refused of [await world.ask(list, {}, claims), await world.ask(entity, variables, claims)]) {
      assert.equal(refused.errors[0]?.extensions?.code, code);
    }
  }
  for (const bad of ['first: 0', 'first: 51', 'after: "x"', 'tokenIds: []', 'tokenIds: ["no-such-token"]']) {
    const { errors } = await world.ask(`{ researchReports(${bad}) { totalCount } }`);
    assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT', bad);
  }
});

test('answers the same when the price subgraph is gone', async () => {
  await using world = await createAnalyticsWorld(wideMarket);
  const query = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { ... on Token {
      risk { sharpeRatio } indicators { ema26 macd { signal } } levels { price { amount } }
      indicatorSeries(indicator: { kind: RSI }, last: 2) { value }
      signal { direction since } grades { traderGrade asOf }
    } }
    marketOverview { totalMarketCap { amount } asOf }
    marketIndices { id level }
    researchReports(first: 3) { nodes { id body } totalCount }
  }`;
  const before = await world.ask(query, tokens('bitcoin', 'token-3'));
  assert.deepEqual(before.errors, []);
  await world.price.close();
  const after = await world.ask(query, tokens('bitcoin', 'token-3'));
  assert.deepEqual(after.errors, []);
  assert.deepEqual(after.data, before.data);
});
