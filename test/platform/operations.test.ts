import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Decimal, sumDecimals } from '../../subgraphs/shared/decimal.ts';
import { type CoinGeckoApi, createCoinGeckoApi } from '../kit/coingecko-api.ts';
import { startTestPlatform, type TestPlatform } from '../kit/platform.ts';
import { until } from '../kit/processes.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of every form are read
type Data = any;

for (const source of ['recorded', 'coingecko'] as const) {
  describe(`the operations of the platform, prices by ${source}`, () => testOperations(source));
}

/** Each operation of `schema/operations` against the real processes, with what must hold between its numbers. */
function testOperations(source: 'recorded' | 'coingecko'): void {
  let api: CoinGeckoApi | undefined;
  let platform: TestPlatform;
  let owner: TestPlatform['demo']['users'][number];

  before(async () => {
    if (source === 'coingecko') api = await createCoinGeckoApi();
    platform = await startTestPlatform([], api === undefined ? {} : environmentOf(api));
    const [first] = platform.demo.users;
    assert.ok(first);
    owner = first;
  });
  after(async () => {
    await platform[Symbol.asyncDispose]();
    await api?.[Symbol.asyncDispose]();
  });

  /** Runs an operation that must succeed without any error. */
  const run = async (
    query: string,
    variables?: Record<string, unknown>,
    key: 'pro' | undefined = 'pro',
  ): Promise<Data> => {
    const { status, body } = await platform.query(query, { variables: variables ?? {}, key });
    assert.equal(status, 200);
    assert.deepEqual(body.errors, undefined);
    return body.data;
  };
  const quoteCalls = async (): Promise<number> => {
    const health = await fetch(new URL('/health', platform.subgraphs.price));
    return ((await health.json()) as { providerCalls: { quotes: number } }).providerCalls.quotes;
  };

  test('50 clients with a watchlist of 100 at the same moment: one quote call at the most', async () => {
    const before = await quoteCalls();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => run('03-watchlist', { id: owner.watchlistId })),
    );
    for (const { watchlist } of answers) {
      assert.equal(watchlist.tokens.edges.length, 100);
      assert.equal(watchlist.tokens.totalCount, 100);
      for (const { node } of watchlist.tokens.edges) assert.match(node.price.amount, /^\d+(\.\d+)?$/);
    }
    // None at all when the market table has just asked for the same quotes: they serve ten seconds.
    assert.ok((await quoteCalls()) - before <= 1);
  });

  test('prices name the source that they come from', async () => {
    const { tokens } = await run(
      '{ tokens(ids: ["bitcoin", "solana"]) { price { source } } }',
      {},
      undefined,
    );
    const expected = source === 'recorded' ? ['recorded', 'synthetic'] : ['coingecko', 'coingecko'];
    assert.deepEqual(
      tokens.map((token: { price: { source: string } }) => token.price.source),
      expected,
    );
  });

  test('01 Dashboard: the holdings add up to the total, to the last digit', async () => {
    const first = await run('01-dashboard', { portfolioId: owner.portfolioId });
    const { totalValue, holdings } = first.portfolio;
    assert.equal(holdings.nodes.length, 20);
    for (const { quantity, value, costBasis, unrealizedPnl, token } of holdings.nodes) {
      assert.ok(
        new Decimal(quantity).times(token.price.amount).equals(value.amount),
        `${token.id}: quantity × price`,
      );
      assert.ok(new Decimal(value.amount).minus(costBasis.amount).equals(unrealizedPnl.amount.amount));
      assert.ok(token.sparkline.length >= 2 && token.sparkline.length <= 24);
    }
    const all = await run(
      `query($id: ID!) { portfolio(id: $id) { totalValue { value { amount } unpricedTokens { id } }
         holdings(first: 250) { totalCount nodes { quantity token { id price { amount } } } edges { node { token { id } } } } } }`,
      { id: owner.portfolioId },
    );
    const { nodes, edges, totalCount } = all.portfolio.holdings;
    assert.equal(nodes.length, totalCount);
    assert.ok(totalCount > 20);
    const priced = nodes.filter(({ token }: { token: { price: unknown } }) => token.price !== null);
    const sum = sumDecimals(
      priced.map((node: HoldingNode) => new Decimal(node.quantity).times(node.token.price.amount)),
    );
    assert.equal(sum.toFixed(), new Decimal(totalValue.value.amount).toFixed());
    const unpriced = nodes
      .filter((node: HoldingNode) => node.token.price === null)
      .map((node: HoldingNode) => node.token.id);
    assert.deepEqual(
      unpriced,
      totalValue.unpricedTokens.map(({ id }: { id: string }) => id),
    );
    assert.equal(unpriced.length, 1);
    assert.deepEqual(
      edges.map(({ node }: { node: HoldingNode }) => node.token.id),
      nodes.map((node: HoldingNode) => node.token.id),
    );
    const dominance = first.marketOverview.dominance.map(({ weight }: { weight: number }) => weight);
    assert.deepEqual(
      dominance,
      dominance.toSorted((a: number, b: number) => b - a),
    );
    assert.ok(dominance.reduce((a: number, b: number) => a + b) <= 1);
  });

  test('lots add up to what is held', async () => {
    const { portfolio } = await run(
      'query($id: ID!) { portfolio(id: $id) { holdings(first: 250) { nodes { quantity costBasis { amount } lots(first: 100) { remainingQuantity unitCost { amount } } } } } }',
      { id: owner.portfolioId },
    );
    for (const { quantity, costBasis, lots } of portfolio.holdings.nodes as LotHolding[]) {
      assert.equal(
        sumDecimals(lots.map((lot) => new Decimal(lot.remainingQuantity))).toFixed(),
        new Decimal(quantity).toFixed(),
      );
      const cost = sumDecimals(
        lots.map((lot) => new Decimal(lot.remainingQuantity).times(lot.unitCost.amount)),
      );
      assert.ok(cost.minus(costBasis.amount).abs().lessThan('1e-18'), `${cost} is not ${costBasis.amount}`);
    }
  });

  test('02 Token page: registry, price, market, risk, indicators and news meet in one answer', async () => {
    const { token } = await run('02-token-page', { id: 'bitcoin' }, undefined);
    assert.equal(token.symbol, 'BTC');
    assert.match(token.price.amount, /^\d+(\.\d+)?$/);
    assert.equal(token.price.change1h, null, 'real tokens have daily closes alone');
    assert.equal(token.market.rank, 1);
    assert.equal(
      new Decimal(token.price.amount).times(token.market.circulatingSupply).toDecimalPlaces(6).toFixed(),
      new Decimal(token.market.marketCap.amount).toDecimalPlaces(6).toFixed(),
    );
    assert.equal(token.risk.beta, 1);
    assert.ok(token.indicators.rsi14 > 0 && token.indicators.rsi14 < 100);
    const { line, signal, histogram } = token.indicators.macd;
    assert.ok(new Decimal(line).minus(signal).minus(histogram).abs().lessThan('1e-12'));
    assert.equal((await run('02-token-page', { id: 'no-such-token' }, undefined)).token, null);
  });

  test('04 Quotes: in the order asked, with null for what is unknown, and exact across currencies', async () => {
    const ids = ['ethereum', 'no-such-token', 'bitcoin', 'ethereum'];
    const usd = (await run('04-quotes', { ids }, undefined)).tokens;
    assert.deepEqual(
      usd.map((token: { id: string } | null) => token?.id ?? null),
      ['ethereum', null, 'bitcoin', 'ethereum'],
    );
    const btc = (await run('04-quotes', { ids, currency: 'BTC' }, undefined)).tokens;
    assert.equal(btc[2].price.amount, '1');
    const cross = new Decimal(usd[0].price.amount).dividedBy(usd[2].price.amount).toDecimalPlaces(18);
    assert.equal(btc[0].price.amount, cross.toFixed());
  });

  test('05 Transactions: pages follow one another without gap or repeat, newest first', async () => {
    const seen: { id: string; executedAt: string }[] = [];
    let after: string | null = null;
    let totalCount = 0;
    do {
      const { portfolio } = await run('05-transactions', { portfolioId: owner.portfolioId, after });
      seen.push(...portfolio.transactions.nodes);
      totalCount = portfolio.transactions.totalCount;
      const { hasNextPage, endCursor } = portfolio.transactions.pageInfo;
      after = hasNextPage ? endCursor : null;
    } while (after !== null);
    assert.equal(seen.length, totalCount);
    assert.equal(new Set(seen.map(({ id }) => id)).size, totalCount);
    assert.deepEqual(
      seen.map(({ executedAt }) => executedAt),
      seen
        .map(({ executedAt }) => executedAt)
        .toSorted()
        .toReversed(),
    );
    const filter = { types: ['SELL'] };
    const sales = (await run('05-transactions', { portfolioId: owner.portfolioId, filter })).portfolio;
    assert.equal(sales.transactions.totalCount, sales.realizedPnl.saleCount);
    assert.ok(sales.transactions.nodes.every(({ type }: { type: string }) => type === 'SELL'));
  });

  test('06 Compare chart: one grid for all series, a symmetric matrix with 1 on its diagonal', async () => {
    const ids = ['bitcoin', 'ethereum', 'solana'];
    const { priceSeries, correlationMatrix } = await run('06-compare-chart', { ids, range: 'ONE_MONTH' });
    const grids = priceSeries.map(({ points }: { points: { at: string }[] }) =>
      points.map(({ at }) => at).join(),
    );
    assert.equal(new Set(grids).size, 1);
    assert.deepEqual(
      correlationMatrix.tokens.map(({ id }: { id: string }) => id),
      ids,
    );
    for (const [i, row] of correlationMatrix.rows.entries()) {
      assert.equal(row[i], 1);
      for (const [j, value] of row.entries()) assert.equal(value, correlationMatrix.rows[j][i]);
    }
  });

  test('07 Performance: gain is what the flows leave, weights add up to one, slices to the total', async () => {
    const { portfolio } = await run('07-performance', { portfolioId: owner.portfolioId, range: 'ONE_YEAR' });
    const { startValue, endValue, netFlows, gain, series, timeWeightedReturn } = portfolio.performance;
    const left = new Decimal(endValue.amount).minus(startValue.amount).minus(netFlows.amount);
    assert.equal(left.toFixed(), new Decimal(gain.amount).toFixed());
    assert.equal(series.at(-1).value.amount, endValue.amount);
    assert.ok(Math.abs(series.at(-1).cumulativeReturn - timeWeightedReturn) < 1e-9);
    const weights = portfolio.allocation.map(({ weight }: { weight: number }) => weight);
    assert.ok(Math.abs(weights.reduce((a: number, b: number) => a + b) - 1) < 1e-9);
    const slices = sumDecimals(
      portfolio.allocation.map(({ value }: { value: { amount: string } }) => new Decimal(value.amount)),
    );
    const { portfolio: valued } = await run(
      'query($id: ID!) { portfolio(id: $id) { totalValue { value { amount } } } }',
      {
        id: owner.portfolioId,
      },
    );
    assert.equal(slices.toFixed(), new Decimal(valued.totalValue.value.amount).toFixed());
    assert.ok(portfolio.risk.annualizedVolatility > 0);
    assert.ok(portfolio.risk.maxDrawdown < 0);
    assert.ok(portfolio.risk.conditionalValueAtRisk95 >= portfolio.risk.valueAtRisk95);
  });

  test('08 My news: a page of articles that mention what is held', async () => {
    const { portfolio } = await run('08-my-news', { portfolioId: owner.portfolioId });
    const held = (
      await run(
        'query($id: ID!) { portfolio(id: $id) { holdings(first: 250) { nodes { token { id } } } } }',
        { id: owner.portfolioId },
      )
    ).portfolio.holdings.nodes.map(({ token }: { token: { id: string } }) => token.id);
    for (const { mentions } of portfolio.news.nodes) {
      assert.ok(mentions.some(({ token }: { token: { id: string } }) => held.includes(token.id)));
    }
    assert.equal(portfolio.news.pageInfo.endCursor === null, portfolio.news.nodes.length === 0);
  });

  test('the news page through without gap or repeat, newest first', async () => {
    const seen: { id: string; publishedAt: string }[] = [];
    let after: string | null = null;
    do {
      const { news } = await run(
        'query($after: String) { news(first: 7, after: $after) { nodes { id publishedAt } edges { node { id } } pageInfo { hasNextPage endCursor } } }',
        { after },
        undefined,
      );
      assert.deepEqual(
        news.nodes.map(({ id }: { id: string }) => id),
        news.edges.map(({ node }: { node: { id: string } }) => node.id),
      );
      seen.push(...news.nodes);
      after = news.pageInfo.hasNextPage ? news.pageInfo.endCursor : null;
    } while (after !== null);
    assert.ok(seen.length >= 50);
    assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
    const times = seen.map(({ publishedAt }) => publishedAt);
    assert.deepEqual(times, times.toSorted().toReversed());
  });

  test('09 Search: tokens and headlines that match', async () => {
    const { searchTokens, searchNews } = await run('09-search', { q: 'bitcoin' }, undefined);
    assert.equal(searchTokens[0].id, 'bitcoin');
    assert.ok(searchTokens.length <= 8);
    const { searchNews: crypto } = await run('09-search', { q: 'stablecoin' }, undefined);
    assert.ok(crypto.length > 0 && crypto.length <= 5);
    for (const { title } of crypto) assert.match(title, /stablecoin/i);
    assert.ok(Array.isArray(searchNews));
  });

  test('10 Market screen: pages in order of market capitalisation without gap or repeat', async () => {
    const seen: { id: string; market: { rank: number } | null }[] = [];
    let after: string | null = null;
    let totalCount = 0;
    do {
      const { markets } = await run('10-market-screen', { after });
      seen.push(...markets.edges.map(({ node }: { node: (typeof seen)[number] }) => node));
      totalCount = markets.totalCount;
      after = markets.pageInfo.hasNextPage ? markets.pageInfo.endCursor : null;
    } while (after !== null);
    assert.ok(totalCount >= 150);
    assert.equal(seen.length, totalCount);
    assert.equal(new Set(seen.map(({ id }) => id)).size, totalCount);
    const ranks = seen.map(({ market }) => market?.rank ?? Number.POSITIVE_INFINITY);
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b),
    );
    assert.deepEqual(ranks.slice(0, 3), [1, 2, 3]);
  });

  test('13 Home: the user, the portfolios with their values, the watchlists, and where the key stands', async () => {
    const { me, rateLimit } = await run('13-home');
    const { available, ...stand } = rateLimit;
    assert.deepEqual(stand, {
      plan: 'PRO',
      // The platforms of tests meter nothing.
      requestedCost: 0,
      bucketSize: 10_000,
      restoreRate: 100,
      monthRemaining: rateLimit.monthRemaining,
    });
    assert.deepEqual([available, rateLimit.monthRemaining], [10_000, 10_000_000]);
    assert.equal(me.id, owner.id);
    assert.ok(me.portfolios.nodes.some(({ id }: { id: string }) => id === owner.portfolioId));
    for (const { totalValue } of me.portfolios.nodes)
      assert.ok(new Decimal(totalValue.value.amount).greaterThan(0));
    assert.ok(me.watchlists.nodes.some(({ id }: { id: string }) => id === owner.watchlistId));
  });

  test('what the key has used is told by day, once workers have handed it on', async () => {
    let told = 0;
    const isTold = async (operations: number): Promise<boolean> => {
      // Two days: one of them may end meanwhile.
      const { apiUsage } = await run('{ apiUsage(days: 2) { day operations throttled } }');
      for (const { day, throttled } of apiUsage) {
        assert.match(day, /^20\d\d-\d\d-\d\dT00:00:00Z$/);
        assert.equal(throttled, 0);
      }
      told = apiUsage.reduce((sum: number, day: { operations: number }) => sum + day.operations, 0);
      return told >= operations;
    };
    await until(() => isTold(1));
    // Each of these counts as well.
    await until(() => isTold(told + 1));
  });

  test('11 Add a transaction: it counts at once, and the same key counts once', async () => {
    const variables = {
      input: {
        idempotencyKey: 'operations-test-0001',
        portfolioId: owner.portfolioId,
        type: 'BUY',
        tokenId: 'bitcoin',
        quantity: '0.5',
        unitPrice: '60000.25',
        fee: '1.5',
        executedAt: '2026-08-01T12:00:00Z',
      },
    };
    const before = await run(
      'query($id: ID!) { portfolio(id: $id) { revision holding(tokenId: "bitcoin") { quantity costBasis { amount } } } }',
      { id: owner.portfolioId },
    );
    const { addTransaction } = await run('11-add-transaction', variables);
    assert.deepEqual(addTransaction.userErrors, []);
    const quantity = new Decimal(before.portfolio.holding.quantity).plus('0.5');
    assert.equal(addTransaction.holding.quantity, quantity.toFixed());
    assert.equal(addTransaction.portfolio.revision, before.portfolio.revision + 1);
    const after = await run(
      'query($id: ID!) { portfolio(id: $id) { holding(tokenId: "bitcoin") { costBasis { amount } } } }',
      {
        id: owner.portfolioId,
      },
    );
    const paid = new Decimal('0.5').times('60000.25').plus('1.5');
    assert.equal(
      new Decimal(after.portfolio.holding.costBasis.amount).toFixed(),
      new Decimal(before.portfolio.holding.costBasis.amount).plus(paid).toFixed(),
    );
    const again = (await run('11-add-transaction', variables)).addTransaction;
    assert.equal(again.transaction.id, addTransaction.transaction.id);
    const other = { input: { ...variables.input, quantity: '0.6' } };
    assert.equal(
      (await run('11-add-transaction', other)).addTransaction.userErrors[0].code,
      'IDEMPOTENCY_KEY_REUSED',
    );
  });
}

/** The price subgraph reads from this API, by a plan that includes all days and is not short of calls. */
function environmentOf(api: CoinGeckoApi): Readonly<Record<string, string>> {
  return {
    PRICE_PROVIDER: 'coingecko',
    COINGECKO_URL: api.url,
    COINGECKO_HISTORY_DAYS: 'max',
    COINGECKO_CALLS_PER_MINUTE: '100000',
  };
}

interface HoldingNode {
  readonly quantity: string;
  readonly token: { readonly id: string; readonly price: { readonly amount: string } };
}

interface LotHolding {
  readonly quantity: string;
  readonly costBasis: { readonly amount: string };
  readonly lots: readonly {
    readonly remainingQuantity: string;
    readonly unitCost: { readonly amount: string };
  }[];
}
