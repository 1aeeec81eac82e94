import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';
import { type ApiFault, apiFaults, type CoinGeckoApi, createCoinGeckoApi } from '../../kit/coingecko-api.ts';
import { createPriceTestServer, HOLDER, type PriceTestServer } from '../../kit/price-server.ts';

const PRICE = 'price { amount change24h asOf stale source sourceKind }';
const DAY_MS = 86_400_000;

interface Options {
  readonly fallback?: 'none' | 'recorded';
  readonly unknownIds?: readonly string[];
  readonly callsPerMinute?: number;
  readonly hourlyTokens?: number;
}

/** A price subgraph that reads from a local API, by a clock of the test's. */
async function createWorld({
  fallback = 'none',
  unknownIds,
  callsPerMinute = 10_000,
  hourlyTokens = 0,
}: Options = {}) {
  const api: CoinGeckoApi = await createCoinGeckoApi(undefined, unknownIds);
  let nowMs = 0;
  const price: PriceTestServer = await createPriceTestServer({
    monotonicMs: () => nowMs,
    providerSettings: {
      provider: 'coingecko',
      fallback,
      coinGeckoUrl: api.url,
      coinGeckoApiKey: 'CG-secret',
      coinGeckoHistoryDays: 365,
      coinGeckoHourlyTokens: hourlyTokens,
      coinGeckoCallsPerMinute: callsPerMinute,
    },
  });
  return {
    api,
    price,
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
    async [Symbol.asyncDispose]() {
      await price[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

test('tells the same prices, market figures and histories as the recording that the API answers from', async () => {
  await using world = await createWorld();
  await using recorded = await createPriceTestServer();
  const query = `{ tokens(ids: ["bitcoin", "solana", "shiba-inu", "none"]) {
    id price { amount change1h change24h change7d } eth: price(currency: "ETH") { amount }
    market { marketCap { amount } volume24h { amount } rank circulatingSupply maxSupply }
    sparkline(points: 30) } }`;
  const [live, played] = await Promise.all([world.price.query(query), recorded.query(query)]);
  assert.deepEqual(live.errors, []);
  const exact = (answer: typeof live) =>
    answer.data.tokens.map(
      (token: { price: { amount: string } } | null) => token && { ...token, price: token.price.amount },
    );
  assert.deepEqual(exact(live), exact(played));
  for (const [index, token] of live.data.tokens.slice(0, 3).entries()) {
    for (const change of ['change24h', 'change7d']) {
      assert.ok(Math.abs(token.price[change] - played.data.tokens[index].price[change]) < 1e-12, change);
    }
  }
  const source = await world.price.query(`{ token(id: "solana") { ${PRICE} } }`);
  assert.deepEqual(
    [source.data.token.price.source, source.data.token.price.sourceKind],
    ['coingecko', 'AGGREGATOR'],
  );
});

test('sends its key in a header alone, pages of 250, and one call for many tokens', async () => {
  await using world = await createWorld();
  await world.price.query('{ markets(first: 250) { nodes { price { amount } } } }');
  const calls = world.api.received.filter(({ path }) => path.endsWith('/coins/markets'));
  assert.ok(calls.length <= 2, 'one for quotes, one for statistics');
  for (const { headers, query } of calls) {
    assert.equal(headers['x-cg-demo-api-key'], 'CG-secret');
    assert.doesNotMatch(query.toString(), /CG-secret/);
    assert.equal(query.get('per_page'), '250');
    assert.ok((query.get('ids') ?? '').split(',').length <= 250);
  }
});

test('draws the sparklines of whole pages from one call, charts being for tokens without hours', async () => {
  await using world = await createWorld({ callsPerMinute: 30 });
  await using recorded = await createPriceTestServer();
  const query = '{ markets(first: 100) { nodes { id sparkline } } }';
  const [live, played] = await Promise.all([world.price.query(query), recorded.query(query)]);
  assert.deepEqual(live.errors, []);
  assert.deepEqual(live.data, played.data);
  await world.price.query(query);
  const { received } = world.api;
  assert.equal(received.filter((call) => call.query.get('sparkline') === 'true').length, 1);
  const charts = received.filter(({ path }) => path.endsWith('/market_chart')).map(({ path }) => path);
  assert.deepEqual(
    [...new Set(charts)].toSorted(),
    ['bitcoin', 'ethereum'].map((id) => `/api/v3/coins/${id}/market_chart`),
  );
});

test('leaves tokens that the API does not know without a price, and all others with theirs', async () => {
  await using world = await createWorld({ unknownIds: ['solana'] });
  const { data, errors } = await world.price.query(
    '{ tokens(ids: ["solana", "bitcoin"]) { price { amount } sparkline } }',
  );
  assert.deepEqual(errors, []);
  assert.deepEqual(data.tokens[0], { price: null, sparkline: null });
  assert.ok(data.tokens[1].price.amount);
});

test('makes days of the candles that the API has, without a volume', async () => {
  await using world = await createWorld();
  const { data, errors } = await world.price.query(
    `{ token(id: "solana") {
      days: candles(interval: ONE_DAY, from: "2026-07-30T00:00:00Z") { close volume closed }
      hours: candles(interval: ONE_HOUR, from: "2026-08-07T00:00:00Z") { close }
    } bitcoin: token(id: "bitcoin") { candles(interval: ONE_DAY, from: "2026-07-30T00:00:00Z") { close } } }`,
  );
  assert.deepEqual(errors, []);
  await using recorded = await createPriceTestServer();
  const played = await recorded.query(
    '{ token(id: "solana") { days: candles(interval: ONE_DAY, from: "2026-07-30T00:00:00Z") { close volume closed } } }',
  );
  assert.deepEqual(
    data.token.days,
    played.data.token.days.map((day: object) => ({ ...day, volume: null })),
  );
  assert.deepEqual([data.token.hours, data.bitcoin.candles], [[], []]);
});

const errorBodies = [
  '{"status":{"error_code":429,"error_message":"limited"}}',
  '{"error":{"status":{"error_code":503,"error_message":"busy"}}}',
  '{"error":"something is wrong"}',
];
const failing: Readonly<Record<string, ApiFault>> = {
  '429 with Retry-After': apiFaults.rateLimited,
  'a connection that breaks': apiFaults.dead,
  'a body that ends early': (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('[{"id":"bitcoin","current_pr');
    setImmediate(() => response.destroy());
    return true;
  },
  'a body that is no JSON': (_request, response) => {
    response.writeHead(200).end('<html>maintenance</html>');
    return true;
  },
  'a body of another form': (_request, response) => {
    response.writeHead(200).end('{"coins":[]}');
    return true;
  },
  'an absurd number': (_request, response) => {
    response.writeHead(200).end('[{"id":"bitcoin","current_price":1e999999}]');
    return true;
  },
  'a body larger than allowed': (_request, response) => {
    response.writeHead(200).end(Buffer.alloc(5 * 1024 * 1024, ' '));
    return true;
  },
  'a body that never ends in time': (_request, response) => {
    response.writeHead(200).write('[');
    return true;
  },
  'no answer at all': () => true,
  ...Object.fromEntries(
    errorBodies.flatMap((body) =>
      [200, 503].map((statusCode) => [
        `${statusCode} with ${body}`,
        (_request: unknown, response: import('node:http').ServerResponse) => {
          response.writeHead(statusCode, { 'content-type': 'application/json' }).end(body);
          return true;
        },
      ]),
    ),
  ),
};

for (const [what, fault] of Object.entries(failing)) {
  test(`serves the last known prices as stale on ${what}`, async () => {
    await using world = await createWorld();
    const query = `{ tokens(ids: ["bitcoin", "solana"]) { ${PRICE} market { rank marketCap { amount } } sparkline(points: 7) } }`;
    const fresh = await world.price.query(query);
    assert.deepEqual(fresh.errors, []);
    assert.equal(fresh.data.tokens[0].price.stale, false);
    world.api.setFault(fault);
    world.pass(DAY_MS / 2);
    const { data, errors } = await world.price.query(query);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      data.tokens,
      fresh.data.tokens.map((token: { price: object }) => ({
        ...token,
        price: { ...token.price, stale: true },
      })),
    );
  });
}

test('a provider that is dead from the start blanks prices alone, or falls back to the recording when told to', async () => {
  await using world = await createWorld();
  world.api.setFault(apiFaults.dead);
  const query = `{ token(id: "solana") { symbol ${PRICE} } }`;
  const { data, errors } = await world.price.query(query);
  assert.deepEqual([data.token.symbol, data.token.price], ['SOL', null]);
  assert.deepEqual(errors[0]?.path, ['token', 'price']);
  assert.doesNotMatch(JSON.stringify(errors), /coingecko|127\.0\.0\.1|secret/i);

  await using safe = await createWorld({ fallback: 'recorded' });
  safe.api.setFault(apiFaults.dead);
  const held = await safe.price.query(`{ token(id: "solana") { ${PRICE} market { rank } sparkline } }`);
  assert.deepEqual(held.errors, []);
  const { price, sparkline, market } = held.data.token;
  assert.deepEqual([price.source, price.sourceKind, price.stale], ['synthetic', 'RECORDED', true]);
  assert.ok(sparkline.length > 1 && market.rank > 0);
});

test('leaves the API alone for as long as it asked, then goes on', async () => {
  await using world = await createWorld();
  const ask = () => world.price.query(`{ token(id: "bitcoin") { ${PRICE} } }`);
  world.api.setFault(apiFaults.rateLimited);
  await ask();
  const calls = world.api.received.length;
  world.pass(59_000);
  await ask();
  assert.equal(world.api.received.length, calls);
  world.api.setFault(undefined);
  world.pass(1000 + 20_000);
  assert.ok((await ask()).data.token.price.amount);
});

test('stays within its quota, prices before histories', async () => {
  await using world = await createWorld({ callsPerMinute: 5 });
  const charts = ['tether', 'solana', 'ripple', 'cardano', 'tron', 'litecoin'];
  await world.price.query('query ($ids: [ID!]!) { tokens(ids: $ids) { sparkline(range: ONE_MONTH) } }', {
    ids: charts,
  });
  assert.equal(world.api.received.length, 4);
  const { data } = await world.price.query(`{ token(id: "bitcoin") { ${PRICE} } }`);
  assert.ok(data.token.price.amount);
  assert.equal(world.api.received.length, 5);
  world.pass(60_000);
  await world.price.query('query ($ids: [ID!]!) { tokens(ids: $ids) { sparkline(range: ONE_MONTH) } }', {
    ids: charts,
  });
  assert.equal(world.api.received.length, 7, 'the two that were missing');
});

test('tells operators the state of its providers, and nobody else', async () => {
  await using world = await createWorld({ fallback: 'recorded' });
  const query = '{ priceProviders { name available lastSuccessAt remainingQuota } }';
  const operator = { tier: 'BUSINESS', scopes: ['platform:read'] } as const;
  const ask = async () => (await world.price.query(query, {}, operator)).data.priceProviders;
  assert.deepEqual(await ask(), [
    { name: 'coingecko', available: true, lastSuccessAt: null, remainingQuota: null },
    { name: 'recorded', available: true, lastSuccessAt: null, remainingQuota: null },
  ]);
  world.api.setFault((_request, response) => {
    response.setHeader('x-ratelimit-remaining', '27');
    return false;
  });
  const load = () => world.price.query('{ token(id: "bitcoin") { price { amount } } }');
  await load();
  assert.deepEqual((await ask())[0], {
    name: 'coingecko',
    available: true,
    lastSuccessAt: '2026-08-08T00:00:00Z',
    remainingQuota: 27,
  });
  world.api.setFault(apiFaults.dead);
  for (let failures = 0; failures < 3; failures += 1) {
    world.pass(60_000);
    await load();
  }
  const [coingecko] = await ask();
  assert.deepEqual([coingecko.available, coingecko.lastSuccessAt], [false, '2026-08-08T00:00:00Z']);
  const calls = world.api.received.length;
  world.pass(60_000);
  assert.ok((await load()).data.token.price.amount, 'the last known price');
  assert.equal(world.api.received.length, calls, 'the breaker is open');

  assert.equal((await world.price.query(query)).errors[0]?.extensions?.code, 'UNAUTHENTICATED');
  assert.equal((await world.price.query(query, {}, HOLDER)).errors[0]?.extensions?.code, 'FORBIDDEN');
});

test('offers closes and market figures to the other subgraphs', async () => {
  await using world = await createWorld();
  await using recorded = await createPriceTestServer();
  const closes = async (price: PriceTestServer) => {
    for (;;) {
      const { status, text } = await price.internal('/internal/closes');
      if (status === 200) return JSON.parse(text).closes;
      assert.equal(status, 503);
    }
  };
  const [live, played] = await Promise.all([closes(world.price), closes(recorded)]);
  assert.equal(live.bitcoin.values.length, 365);
  assert.deepEqual(
    live.bitcoin.values.map((text: string) => new Decimal(text).toFixed()),
    played.bitcoin.values.slice(-365).map((text: string) => new Decimal(text).toFixed()),
  );
  const market = JSON.parse((await world.price.internal('/internal/market')).text);
  assert.equal(market.tokens.length, 191);
});

test('tells no closes to the other subgraphs before it knows those of all tokens, and says how far it is', async () => {
  await using world = await createWorld();
  world.api.setFault(
    (request, response) => request.path.includes('/coins/solana/') && apiFaults.dead(request, response),
  );
  const { status, text } = await world.price.internal('/internal/closes');
  assert.equal(status, 503);
  assert.match(JSON.parse(text).reason, /closes are being collected: \d+ of \d+ tokens/);
  assert.equal((await world.price.internal('/internal/market')).status, 200);
});

test('collects hours of as many tokens as the settings say, and of none by default', async () => {
  for (const hourlyTokens of [0, 4]) {
    await using world = await createWorld({ hourlyTokens });
    const { closes } = JSON.parse((await world.price.internal('/internal/hours')).text);
    assert.equal(world.api.received.length, hourlyTokens);
    assert.equal('bitcoin' in closes, false, 'the recording that the API answers from has no hours of it');
    assert.equal(Object.keys(closes).length > 0, hourlyTokens > 0);
  }
});
