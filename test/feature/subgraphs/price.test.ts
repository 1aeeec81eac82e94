import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { request } from 'undici';
import {
  createPriceTestServer,
  HOLDER,
  type PriceTestServer,
  representationsOfDashboard,
} from '../../kit/price-server.ts';

suite('price subgraph', () => {
  let price: PriceTestServer;
  before(async () => {
    price = await createPriceTestServer();
  });
  after(() => price[Symbol.asyncDispose]());

  test('tells a real token with its price, market and contracts', async () => {
    const { data, errors } = await price.query(`{
      token(id: "bitcoin") {
        id symbol status priceUsd
        price { amount currency change1h change24h asOf stale source sourceKind }
        market { marketCap { amount currency } fullyDilutedValuation { amount } circulatingSupply rank allTimeHigh { amount } allTimeHighAt }
        sparkline deployments { caip19 address chain { id name nativeToken { id } } token { id } }
      }
    }`);
    assert.deepEqual(errors, []);
    const { token } = data;
    assert.equal(token.priceUsd, token.price.amount);
    assert.deepEqual(
      [token.price.source, token.price.sourceKind, token.price.stale, token.price.change1h],
      ['recorded', 'RECORDED', false, null],
    );
    assert.equal(token.price.asOf, '2026-08-08T00:00:00Z');
    assert.equal(token.sparkline.length, 7);
    assert.equal(token.sparkline.at(-1), token.price.amount);
    assert.equal(token.market.rank, 1);
    assert.ok(
      token.deployments.every((deployment: { token: { id: string } }) => deployment.token.id === 'bitcoin'),
    );
  });

  test('tells a synthetic token by the hour, and says what it is', async () => {
    const { data } = await price.query(`{
      token(id: "tether") { price { change1h source sourceKind } sparkline(points: 200) short: sparkline(points: 24) }
    }`);
    assert.equal(data.token.price.source, 'synthetic');
    assert.equal(typeof data.token.price.change1h, 'number');
    assert.equal(data.token.sparkline.length, 168);
    assert.equal(data.token.short.length, 24);
    assert.equal(data.token.short.at(-1), data.token.sparkline.at(-1));
  });

  test('has no current price for tokens that are not traded', async () => {
    const { data } = await price.query(`{
      markets(first: 250, filter: { statuses: [INACTIVE, UNTRACKED] }) {
        nodes { status price { amount } priceUsd market { rank } sparkline }
      }
    }`);
    const { nodes } = data.markets;
    assert.deepEqual(
      new Set(nodes.map((node: { status: string }) => node.status)),
      new Set(['INACTIVE', 'UNTRACKED']),
    );
    for (const { status, sparkline, ...rest } of nodes) {
      assert.deepEqual(rest, { price: null, priceUsd: null, market: null });
      assert.deepEqual(sparkline, status === 'INACTIVE' ? [] : null);
    }
  });

  test('answers tokens in the order asked, null for each unknown one', async () => {
    const ids = ['tether', 'none', 'bitcoin', 'tether'];
    const { data } = await price.query(
      'query ($ids: [ID!]!) { tokens(ids: $ids) { id } token(id: "none") { id } }',
      { ids },
    );
    assert.deepEqual(data.tokens, [{ id: 'tether' }, null, { id: 'bitcoin' }, { id: 'tether' }]);
    assert.equal(data.token, null);
  });

  test('finds a token by its contract in any letter case', async () => {
    const { data } = await price.query(`{
      markets(first: 1, filter: { categories: ["stablecoin"], chainIds: ["eip155:1"] }) { nodes { id deployments { caip19 } } }
    }`);
    const [{ id, deployments }] = data.markets.nodes;
    const caip19 = deployments[0].caip19.replace(
      /0x.*/,
      (address: string) => `0x${address.slice(2).toUpperCase()}`,
    );
    const found = await price.query('query ($caip19: ID!) { tokenByDeployment(caip19: $caip19) { id } }', {
      caip19,
    });
    assert.equal(found.data.tokenByDeployment.id, id);
    const none = await price.query('{ tokenByDeployment(caip19: "eip155:1/erc20:0x00") { id } }');
    assert.equal(none.data.tokenByDeployment, null);
  });

  test('lays series on one grid that all tokens have', async () => {
    const { data } = await price.query(`{
      priceSeries(tokenIds: ["tether", "bitcoin", "none", "tether"], range: ONE_WEEK) { token { id } interval points { at value } }
      hours: priceSeries(tokenIds: ["tether"], range: ONE_DAY) { interval points { at value } }
    }`);
    const [tether, bitcoin, ...rest] = data.priceSeries;
    assert.deepEqual([tether.token.id, bitcoin.token.id, rest.length], ['tether', 'bitcoin', 0]);
    assert.equal(tether.interval, 'ONE_DAY');
    const instants = (series: { points: { at: string }[] }) => series.points.map(({ at }) => at);
    assert.deepEqual(instants(tether), instants(bitcoin));
    assert.equal(tether.points.length, 7);
    assert.equal(data.hours[0].interval, 'ONE_HOUR');
    assert.equal(data.hours[0].points.length, 24);
    assert.equal(data.hours[0].points.at(-1).at, '2026-08-08T00:00:00Z');
  });

  test('refuses history beyond the plan, naming the earliest date', async () => {
    const query = (range: string, tier: 'ANONYMOUS' | 'FREE' | 'PRO' | 'BUSINESS') =>
      price.query(
        `{ priceSeries(tokenIds: ["bitcoin"], range: ${range}) { interval points { at } } }`,
        {},
        { tier },
      );
    const refused = await query('THREE_MONTHS', 'ANONYMOUS');
    assert.equal(refused.errors[0]?.extensions?.code, 'PLAN_RESTRICTED');
    assert.match(String(refused.errors[0]?.message), /2026-07-09/);
    assert.deepEqual((await query('ONE_MONTH', 'ANONYMOUS')).errors, []);
    assert.deepEqual((await query('ONE_YEAR', 'FREE')).errors, []);
    assert.equal((await query('MAX', 'PRO')).errors[0]?.extensions?.code, 'PLAN_RESTRICTED');
    const all = await query('MAX', 'BUSINESS');
    assert.equal(all.data.priceSeries[0].interval, 'ONE_WEEK');
    assert.ok(all.data.priceSeries[0].points[0].at.startsWith('2017-08-'));
    const line = await price.query('{ token(id: "bitcoin") { sparkline(range: ONE_YEAR) symbol } }');
    assert.deepEqual([line.data.token.sparkline, line.data.token.symbol], [null, 'BTC']);
    assert.equal(line.errors[0]?.extensions?.code, 'PLAN_RESTRICTED');
  });

  test('refuses arguments that are out of bounds, saying what was expected', async () => {
    const many = JSON.stringify(Array.from({ length: 251 }, String));
    const cases: [string, RegExp][] = [
      [`{ tokens(ids: ${many}) { id } }`, /at most 250 identifiers, found 251/],
      [`{ priceSeries(tokenIds: ${many}) { interval } }`, /at most 20 identifiers/],
      ['{ markets(first: 0) { totalCount } }', /between 1 and 250, found 0/],
      ['{ markets(first: -1) { totalCount } }', /found -1/],
      ['{ markets(first: 1000000000) { totalCount } }', /found 1000000000/],
      ['{ markets(after: "nonsense") { totalCount } }', /cursor/],
      ['{ searchTokens(query: " a ") { id } }', /2 to 100 characters, found 1/],
      ['{ searchTokens(query: "ab", first: 51) { id } }', /between 1 and 50/],
      ['{ token(id: "bitcoin") { sparkline(points: 1) } }', /between 2 and 200/],
      ['{ token(id: "bitcoin") { price(currency: "EUR") { amount } } }', /USD, BTC, ETH, found "EUR"/],
      ['{ markets(currency: "XXX") { totalCount } }', /found "XXX"/],
    ];
    for (const [query, message] of cases) {
      const { errors } = await price.query(query);
      assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT', query);
      assert.match(String(errors[0]?.message), message);
    }
  });

  test('values holdings and portfolios of a caller with the scope, exactly', async () => {
    const representations = representationsOfDashboard(
      ['bitcoin', 'tether', 'ethereum'],
      '1.000000000000000001',
    );
    const { data, errors } = await price.query(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Holding { value { amount currency } valueChange24h { amount } }
        ... on Portfolio { totalValue { value { amount currency } change24hRatio asOf unpricedTokens { id } } }
        ... on Token { price { amount } }
      } }`,
      { representations },
      HOLDER,
    );
    assert.deepEqual(errors, []);
    const entities = data._entities as {
      value?: { amount: string };
      totalValue?: { value: { amount: string } };
    }[];
    const places = 36;
    const scaled = (text: string) => {
      const [integer = '', fraction = ''] = text.split('.');
      return BigInt(integer + fraction.padEnd(places, '0'));
    };
    const sum = entities.reduce((total, { value }) => total + (value ? scaled(value.amount) : 0n), 0n);
    const [portfolio] = entities.filter(({ totalValue }) => totalValue !== undefined);
    assert.equal(scaled(String(portfolio?.totalValue?.value.amount)), sum);
    assert.ok(sum > 0n);
  });

  test('names what has no price, and says that an empty portfolio is worth 0', async () => {
    const { data } = await price.query(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Holding { value { amount } }
        ... on Portfolio { totalValue { value { amount currency } asOf unpricedTokens { id symbol } } }
      } }`,
      {
        representations: [
          { __typename: 'Holding', id: 'h', quantity: '5', baseCurrency: 'USD', token: { id: 'aragon' } },
          {
            __typename: 'Portfolio',
            id: 'p',
            baseCurrency: 'BTC',
            positions: [
              { quantity: '2', token: { id: 'bitcoin' } },
              { quantity: '5', token: { id: 'aragon' } },
            ],
          },
          { __typename: 'Portfolio', id: 'q', baseCurrency: 'ETH', positions: [] },
        ],
      },
      HOLDER,
    );
    const [holding, portfolio, empty] = data._entities;
    assert.equal(holding.value, null);
    assert.deepEqual(portfolio.totalValue.value, { amount: '2', currency: 'BTC' });
    assert.deepEqual(portfolio.totalValue.unpricedTokens, [{ id: 'aragon', symbol: 'ANT' }]);
    assert.deepEqual(empty.totalValue, {
      value: { amount: '0', currency: 'ETH' },
      asOf: '2026-08-08T00:00:00Z',
      unpricedTokens: [],
    });
  });

  test('tells the value of a holding to nobody without the scope', async () => {
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Holding { value { amount } } } }`;
    const [, representation] = representationsOfDashboard(['bitcoin'], '1');
    for (const [claims, code] of [
      [{}, 'UNAUTHENTICATED'],
      [{ tier: 'PRO', scopes: ['watchlist:read'] }, 'FORBIDDEN'],
    ] as const) {
      const { data, errors } = await price.query(query, { representations: [representation] }, claims);
      assert.equal(data._entities[0].value, null);
      assert.equal(errors[0]?.extensions?.code, code);
    }
  });

  test('refuses calls without the token of its gateway', async () => {
    const { statusCode, body } = await request(price.url, { method: 'POST', body: '{}' });
    await body.dump();
    assert.equal(statusCode, 401);
  });
});

suite('internal documents', () => {
  let price: PriceTestServer;
  before(async () => {
    price = await createPriceTestServer();
  });
  after(() => price[Symbol.asyncDispose]());

  test("answer whoever has a subgraph's token, and 304 to whoever has the current one", async () => {
    for (const route of ['tokens', 'closes', 'hours', 'market']) {
      const first = await price.internal(`/internal/${route}`);
      assert.equal(first.status, 200);
      assert.match(String(first.etag), /^"[^"]+"$/);
      const second = await price.internal(`/internal/${route}`, { 'if-none-match': String(first.etag) });
      assert.equal(second.status, 304);
      assert.equal(second.text, '');
      const other = await price.internal(`/internal/${route}`, { 'if-none-match': '"other"' });
      assert.equal(other.status, 200);
      assert.equal(other.etag, first.etag);
    }
  });

  test('are not for the gateway, nor for strangers', async () => {
    assert.equal((await price.internal('/internal/market', {}, 'gateway')).status, 401);
    const { statusCode, body } = await request(new URL('/internal/tokens', price.url));
    await body.dump();
    assert.equal(statusCode, 401);
  });

  test('hold the closes of days that are over, of every token with a history', async () => {
    const { closes } = JSON.parse((await price.internal('/internal/closes')).text);
    const { tokens } = JSON.parse((await price.internal('/internal/tokens')).text);
    assert.equal(closes.bitcoin.from, '2017-08-17');
    assert.equal(closes.bitcoin.values.length, 3278);
    assert.ok(closes.aragon.values.length > 0);
    for (const { id, status } of tokens) assert.equal(id in closes, status !== 'UNTRACKED', id);
  });

  test('hold the hours that are over of tokens whose source has them, and of no others', async () => {
    const { closes } = JSON.parse((await price.internal('/internal/hours')).text);
    assert.equal(
      'bitcoin' in closes || 'ethereum' in closes,
      false,
      'their sources have closes of days alone',
    );
    const { data } = await price.query(
      '{ priceSeries(tokenIds: ["solana"], range: ONE_DAY) { points { at value } } }',
    );
    const [{ points }] = data.priceSeries;
    const { from, values } = closes.solana;
    const startMs = Date.parse(from);
    assert.equal(startMs + values.length * 3_600_000, Date.parse('2026-08-08T00:00:00Z'));
    for (const { at, value } of points) {
      assert.equal(values[(Date.parse(at) - startMs) / 3_600_000 - 1], value);
    }
    assert.equal(points.length, 24);
  });

  test('tell the same prices and capitalisations as GraphQL', async () => {
    const { asOf, tokens } = JSON.parse((await price.internal('/internal/market')).text);
    assert.equal(asOf, '2026-08-08T00:00:00.000Z');
    const { data } = await price.query(
      '{ markets(first: 250) { totalCount nodes { id price { amount } market { marketCap { amount } } } } }',
    );
    assert.equal(tokens.length, data.markets.totalCount);
    const byId = new Map(tokens.map((token: { id: string }) => [token.id, token]));
    for (const { id, price: latest, market } of data.markets.nodes) {
      const row = byId.get(id) as { priceUsd: string; marketCapUsd: string };
      assert.deepEqual([row.priceUsd, row.marketCapUsd], [latest.amount, market.marketCap.amount]);
    }
  });
});
