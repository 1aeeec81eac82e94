import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarketDataProvider } from '../../../subgraphs/price/providers/market-data-provider.ts';
import {
  createPriceTestServer,
  HOLDER,
  type PriceTestServer,
  representationsOfDashboard,
} from '../../kit/price-server.ts';

/** Longer than a quote is kept. */
const QUOTE_TTL_MS = 10_000;
const ENTITIES = 'query ($representations: [_Any!]!) { _entities(representations: $representations)';
const TOTAL_VALUE = `${ENTITIES} { ... on Portfolio { totalValue { value { amount } change24h { amount } } } } }`;
const VALUES = `${ENTITIES} { ... on Holding { value { amount } valueChange24h { amount } } } }`;
const TOKENS = `${ENTITIES} { ... on Token { price { amount change24h stale } sparkline(points: 24) } } }`;
const WATCHLIST = `${ENTITIES} { ... on Token {
  symbol price { amount change24h stale } market { marketCap { amount } rank } } } }`;

async function tokenIds(price: PriceTestServer, first: number): Promise<string[]> {
  // By name: not a field that asks for quotes of these tokens alone.
  const { data } = await price.query(
    'query ($first: Int!) { markets(first: $first, sort: { field: NAME, direction: ASC }) { nodes { id } } }',
    { first },
  );
  return data.markets.nodes.map(({ id }: { id: string }) => id);
}

/** A server with nothing in its book whose quote calls are counted, and can be held and failed. */
async function createCountedServer() {
  const calls: number[] = [];
  const started = Promise.withResolvers<void>();
  let nowMs = 0;
  let gate: Promise<void> = Promise.resolve();
  let isDown = false;
  const wrapProvider = (provider: MarketDataProvider): MarketDataProvider => ({
    ...provider,
    async quotes(ids, currency, signal) {
      calls.push(ids.length);
      started.resolve();
      await gate;
      if (isDown) throw new Error('the provider is down');
      return provider.quotes(ids, currency, signal);
    },
  });
  const price = await createPriceTestServer({ wrapProvider, monotonicMs: () => nowMs });
  return {
    price,
    calls,
    started: started.promise,
    hold: () => {
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      return held.resolve;
    },
    setDown: (value: boolean) => {
      isDown = value;
    },
    /** Lets the quotes in the book grow old. */
    expire: () => {
      nowMs += QUOTE_TTL_MS;
    },
    [Symbol.asyncDispose]: () => price[Symbol.asyncDispose](),
  };
}

/** The requests that a gateway sends in one step for a dashboard of 20 holdings, and ten tokens of an overview. */
function dashboardRequests(price: PriceTestServer, ids: readonly string[]) {
  const all = representationsOfDashboard(ids.slice(0, 20), '1.5');
  const ofType = (name: string) => all.filter(({ __typename }) => __typename === name);
  const dominance = ids.slice(15, 30).map((id) => ({ __typename: 'Token', id }));
  return [
    () => price.query(TOTAL_VALUE, { representations: ofType('Portfolio') }, HOLDER),
    () => price.query(VALUES, { representations: ofType('Holding') }, HOLDER),
    () => price.query(TOKENS, { representations: ofType('Token') }),
    () => price.query(TOKENS, { representations: dominance }),
  ];
}

test('a dashboard of 20 holdings makes one quote call of its four requests', async () => {
  await using server = await createCountedServer();
  const ids = await tokenIds(server.price, 30);
  server.expire();
  server.calls.length = 0;
  const answers = await Promise.all(dashboardRequests(server.price, ids).map((send) => send()));
  assert.equal(server.calls.length, 1);
  for (const { errors } of answers) assert.deepEqual(errors, []);
});

test('a dashboard whose requests come one after another makes one quote call', async () => {
  await using server = await createCountedServer();
  const ids = await tokenIds(server.price, 30);
  server.expire();
  server.calls.length = 0;
  // The smallest and most foreign set first: the others are not among its ids.
  for (const send of dashboardRequests(server.price, ids).reverse())
    assert.deepEqual((await send()).errors, []);
  assert.equal(server.calls.length, 1);
});

test('requests with other tokens join a quote call that is under way', async () => {
  await using server = await createCountedServer();
  const release = server.hold();
  const first = server.price.query('{ token(id: "bitcoin") { price { amount } } }');
  await server.started;
  const others = Promise.all([
    server.price.query('{ token(id: "tether") { price(currency: "ETH") { amount } } }'),
    server.price.query('{ markets(first: 5) { nodes { market { rank } } } }'),
  ]);
  // An answer that needs no quote shows that the requests before it have been taken.
  await server.price.query('{ supportedCurrencies }');
  release();
  await Promise.all([first, others]);
  assert.equal(server.calls.length, 1);
});

test('a watchlist of 100 makes one quote call, and fifty clients at the same moment make one', async () => {
  await using server = await createCountedServer();
  const ids = await tokenIds(server.price, 100);
  const representations = ids.map((id) => ({ __typename: 'Token', id }));
  const send = () => server.price.query(WATCHLIST, { representations });

  server.expire();
  server.calls.length = 0;
  const one = await send();
  assert.equal(server.calls.length, 1);
  assert.equal(one.data._entities.length, 100);
  assert.ok(
    one.data._entities.every((token: { price: unknown; market: unknown }) => token.price && token.market),
  );

  server.expire();
  server.calls.length = 0;
  const fifty = await Promise.all(Array.from({ length: 50 }, send));
  assert.equal(server.calls.length, 1);
  for (const { data } of fifty) assert.deepEqual(data, one.data);
});

test('health tells how often the provider was called', async () => {
  await using price = await createPriceTestServer();
  assert.equal((await price.health()).providerCalls.quotes, 0);
  await price.query('{ token(id: "bitcoin") { price { amount } priceUsd } }');
  await price.query('{ token(id: "bitcoin") { price(currency: "ETH") { amount } } }');
  assert.equal((await price.health()).providerCalls.quotes, 1);
});

test('tokens that are not priced ask nobody', async () => {
  await using server = await createCountedServer();
  const { data } = await server.price.query('{ token(id: "aragon") { price { amount } market { rank } } }');
  assert.deepEqual(data.token, { price: null, market: null });
  assert.equal(server.calls.length, 0);
});

test('while the provider is down the last known prices are served as stale', async () => {
  await using server = await createCountedServer();
  const query = '{ token(id: "bitcoin") { price { amount asOf stale } market { rank } } }';
  const fresh = await server.price.query(query);
  assert.equal(fresh.data.token.price.stale, false);
  server.expire();
  server.setDown(true);
  const stale = await server.price.query(query);
  assert.deepEqual(stale.errors, []);
  assert.deepEqual(stale.data.token, {
    ...fresh.data.token,
    price: { ...fresh.data.token.price, stale: true },
  });
});

test('a provider that is down from the start blanks prices alone, and tells nothing of itself', async () => {
  await using server = await createCountedServer();
  server.setDown(true);
  const { data, errors } = await server.price.query(
    '{ token(id: "bitcoin") { symbol price { amount } sparkline } }',
  );
  assert.equal(data.token.symbol, 'BTC');
  assert.equal(data.token.price, null);
  assert.equal(data.token.sparkline.length, 7);
  assert.deepEqual(errors[0]?.path, ['token', 'price']);
  assert.doesNotMatch(JSON.stringify(errors), /down/);
});
