import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { openDatabase } from '../../../subgraphs/portfolio/storage/open-database.ts';
import { Decimal, sumDecimals } from '../../../subgraphs/shared/decimal.ts';
import {
  ADA,
  ADAS_LIST,
  freshKey,
  LONG_TERM,
  startTestPortfolio,
  type TestPortfolio,
  TRADING,
} from '../../kit/test-portfolio.ts';

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
}

const PAGE = `edges { cursor node { id } } nodes { id }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount`;

/** Reads a list to its end and checks what holds for every page. */
async function readPages(read: (after: string | null) => Promise<Page>): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { edges, nodes, pageInfo, totalCount } = await read(after);
    assert.deepEqual(
      nodes,
      edges.map(({ node }) => node),
    );
    assert.equal(pageInfo.startCursor, edges[0]?.cursor ?? null);
    assert.equal(pageInfo.endCursor, edges.at(-1)?.cursor ?? null);
    assert.equal(pageInfo.hasPreviousPage, after !== null);
    ids.push(...nodes.map(({ id }) => id));
    if (pageInfo.hasNextPage) {
      after = pageInfo.endCursor;
      continue;
    }
    assert.equal(new Set(ids).size, ids.length, 'no edge comes twice');
    assert.equal(ids.length, totalCount, 'no edge is left out');
    return ids;
  }
}

test('answers who the caller is, with portfolios and watchlists in their own order', async () => {
  await using portfolio = await startTestPortfolio();
  const { data, errors } = await portfolio.ask(`{ me {
    id displayName email defaultCurrency createdAt
    portfolios { nodes { id name owner { id } baseCurrency costBasisMethod createdAt updatedAt archivedAt revision } }
    watchlists { nodes { id name updatedAt } }
  } }`);
  assert.deepEqual(errors, []);
  assert.equal(data.me.id, ADA.userId);
  assert.equal(data.me.email, 'ada@example.com');
  assert.deepEqual(
    data.me.portfolios.nodes.map(({ id }: { id: string }) => id),
    [LONG_TERM, TRADING],
  );
  for (const { owner, updatedAt, createdAt, revision } of data.me.portfolios.nodes) {
    assert.equal(owner.id, ADA.userId);
    assert.ok(updatedAt > createdAt && revision > 0);
  }
  assert.ok(data.me.watchlists.nodes.some(({ id }: { id: string }) => id === ADAS_LIST));
});

test('refuses a caller without a user, and answers null for one that it does not know', async () => {
  await using portfolio = await startTestPortfolio();
  const { userId: _without, ...keyOnly } = ADA;
  const refused = await portfolio.ask('{ me { id } }', {}, keyOnly);
  assert.deepEqual(
    [refused.data, refused.errors.map(({ extensions }) => extensions?.code)],
    [{ me: null }, ['FORBIDDEN']],
  );
  const unknown = await portfolio.ask('{ me { id } }', {}, { ...ADA, userId: 'usr_unknown' });
  assert.deepEqual([unknown.data, unknown.errors], [{ me: null }, []]);
});

test('lists archived portfolios when asked to', async () => {
  await using portfolio = await startTestPortfolio();
  const database = await openDatabase({ dialect: createNodeSqliteDialect(portfolio.file) });
  await database.updateTable('portfolios').set({ archived_at: 0 }).where('id', '=', TRADING).execute();
  await database.destroy();
  const { data } = await portfolio.ask(`{ me {
    open: portfolios { totalCount nodes { id archivedAt } }
    all: portfolios(includeArchived: true) { totalCount nodes { id archivedAt } } } }`);
  assert.deepEqual(data.me.open, { totalCount: 1, nodes: [{ id: LONG_TERM, archivedAt: null }] });
  assert.equal(data.me.all.totalCount, 2);
  assert.deepEqual(data.me.all.nodes[1], { id: TRADING, archivedAt: '1970-01-01T00:00:00Z' });
});

for (const [list, query] of Object.entries({
  holdings: `query ($id: ID!, $after: String) { portfolio(id: $id) { page: holdings(first: 7, after: $after) { ${PAGE} } } }`,
  transactions: `query ($id: ID!, $after: String) { portfolio(id: $id) { page: transactions(first: 9, after: $after) { ${PAGE} } } }`,
  'filtered transactions': `query ($id: ID!, $after: String) { portfolio(id: $id) { page: transactions(first: 3, after: $after,
    filter: { types: [SELL, TRANSFER_OUT], executedFrom: "2024-01-01T00:00:00Z" }) { ${PAGE} } } }`,
})) {
  test(`pages through ${list} without gap or repetition`, async () => {
    await using portfolio = await startTestPortfolio();
    const ids = await readPages(async (after) => {
      const { data, errors } = await portfolio.ask(query, { id: LONG_TERM, after });
      assert.deepEqual(errors, []);
      return data.portfolio.page;
    });
    assert.ok(ids.length > 3, `${ids.length} edges`);
  });
}

test('pages through a watchlist of 100 tokens with the time of each', async () => {
  await using portfolio = await startTestPortfolio();
  const query = `query ($id: ID!, $after: String) { watchlist(id: $id) { tokens(first: 30, after: $after) {
    ${PAGE.replace('edges { cursor', 'edges { addedAt cursor')} } } }`;
  const ids = await readPages(async (after) => {
    const { data } = await portfolio.ask(query, { id: ADAS_LIST, after });
    for (const { addedAt } of data.watchlist.tokens.edges) assert.ok(Date.parse(addedAt) > 0);
    const edges = data.watchlist.tokens.edges.map(({ addedAt: _, ...edge }: { addedAt: string }) => edge);
    return { ...data.watchlist.tokens, edges };
  });
  assert.equal(ids.length, 100);
  assert.equal(ids[0], 'bitcoin');
});

test('keeps pages right while entries are added', async () => {
  await using portfolio = await startTestPortfolio();
  const query = `query ($id: ID!, $after: String) { portfolio(id: $id) { transactions(first: 5, after: $after) { ${PAGE} } } }`;
  const before = (await portfolio.ask(query, { id: LONG_TERM })).data.portfolio.transactions;
  await addEntry(portfolio, { executedAt: '2026-08-07T23:59:59Z' });
  const next = await portfolio.ask(query, { id: LONG_TERM, after: before.pageInfo.endCursor });
  const again = await portfolio.ask(query, { id: LONG_TERM });
  assert.equal(again.data.portfolio.transactions.nodes[1].id, before.nodes[0].id, 'the new entry is first');
  const seen = new Set(before.nodes.map(({ id }: { id: string }) => id));
  for (const { id } of next.data.portfolio.transactions.nodes) assert.ok(!seen.has(id));
});

for (const [order, compare] of Object.entries({
  COST_BASIS: (a: Row, b: Row) => new Decimal(a.costBasis.amount).cmp(b.costBasis.amount),
  LAST_ACTIVITY: (a: Row, b: Row) => Date.parse(a.lastActivityAt) - Date.parse(b.lastActivityAt),
  SYMBOL: (a: Row, b: Row) => Buffer.compare(Buffer.from(a.token.symbol), Buffer.from(b.token.symbol)),
})) {
  test(`orders holdings by ${order} in both directions`, async () => {
    await using portfolio = await startTestPortfolio();
    for (const [direction, sign] of [
      ['ASC', 1],
      ['DESC', -1],
    ] as const) {
      const { data } = await portfolio.ask(
        `query ($id: ID!, $sort: HoldingSort) { portfolio(id: $id) { holdings(first: 250, sort: $sort) { nodes {
          id costBasis { amount } lastActivityAt token { id symbol } } } } }`,
        { id: LONG_TERM, sort: { field: order, direction } },
      );
      const rows: Row[] = data.portfolio.holdings.nodes;
      assert.ok(rows.length >= 20, `${rows.length} holdings`);
      for (const [index, row] of rows.slice(1).entries()) {
        assert.ok(sign * compare(rows[index] as Row, row) <= 0, `${direction} at ${index}`);
      }
    }
  });
}

interface Row {
  readonly costBasis: { readonly amount: string };
  readonly lastActivityAt: string;
  readonly token: { readonly symbol: string };
}

test('holdings agree with positions, lots, ledger and realised profit', async () => {
  await using portfolio = await startTestPortfolio();
  for (const id of [LONG_TERM, TRADING]) {
    const { data, errors } = await portfolio.ask(
      `query ($id: ID!) { portfolio(id: $id) { costBasisMethod
        holdings(first: 250) { nodes { id token { id symbol name } quantity baseCurrency costBasis { amount currency }
          averageCost { amount } realizedPnl { amount } heldSince lastActivityAt
          lots(first: 100) { acquiredAt remainingQuantity unitCost { amount } openedBy { id type token { id } } } } }
        positions { quantity token { id } }
        ledger { at quantityDelta externalFlow token { id } }
        realizedPnl { proceeds { amount } costOfSales { amount } pnl { amount } saleCount } } }`,
      { id },
    );
    assert.deepEqual(errors, []);
    const { holdings, positions, ledger, costBasisMethod, realizedPnl } = data.portfolio;
    const quantities = new Map(positions.map((position: Position) => [position.token.id, position.quantity]));
    assert.equal(holdings.nodes.length, positions.length);
    for (const holding of holdings.nodes) {
      assert.equal(quantities.get(holding.token.id), holding.quantity);
      const deltas = ledger.filter((entry: Position) => entry.token.id === holding.token.id);
      const sum = sumDecimals(deltas.map((entry: Entry) => new Decimal(entry.quantityDelta)));
      assert.equal(sum.toFixed(), holding.quantity, 'the ledger adds up to the holding');
      const average = new Decimal(holding.costBasis.amount).div(holding.quantity).toDecimalPlaces(30);
      assert.equal(new Decimal(holding.averageCost.amount).toDecimalPlaces(30).toFixed(), average.toFixed());
      if (costBasisMethod === 'AVERAGE') {
        assert.deepEqual(holding.lots, []);
        continue;
      }
      const remaining = holding.lots.map((lot: Lot) => new Decimal(lot.remainingQuantity));
      assert.equal(sumDecimals(remaining).toFixed(), holding.quantity, 'lots add up to the holding');
      const cost = sumDecimals(
        holding.lots.map((lot: Lot) => new Decimal(lot.remainingQuantity).times(lot.unitCost.amount)),
      );
      assert.equal(
        cost.toDecimalPlaces(18).toFixed(),
        new Decimal(holding.costBasis.amount).toDecimalPlaces(18).toFixed(),
      );
      assert.equal(holding.lots[0].acquiredAt, holding.heldSince);
      for (const lot of holding.lots) assert.equal(lot.openedBy.token.id, holding.token.id);
    }
    const { proceeds, costOfSales, pnl } = realizedPnl;
    assert.ok(realizedPnl.saleCount > 0);
    assert.equal(
      new Decimal(proceeds.amount).minus(costOfSales.amount).toDecimalPlaces(30).toFixed(),
      new Decimal(pnl.amount).toDecimalPlaces(30).toFixed(),
    );
  }
});

interface Position {
  readonly quantity: string;
  readonly token: { readonly id: string };
}
interface Entry {
  readonly quantityDelta: string;
}
interface Lot {
  readonly remainingQuantity: string;
  readonly unitCost: { readonly amount: string };
}

test('counts realised profit from an instant on and before another', async () => {
  await using portfolio = await startTestPortfolio();
  const split = '2025-01-01T00:00:00Z';
  const { data } = await portfolio.ask(
    `query ($id: ID!, $split: DateTime) { portfolio(id: $id) {
      all: realizedPnl { pnl { amount currency } saleCount }
      before: realizedPnl(to: $split) { pnl { amount } saleCount }
      after: realizedPnl(from: $split) { pnl { amount } saleCount } } }`,
    { id: LONG_TERM, split },
  );
  const { all, before, after } = data.portfolio;
  assert.ok(before.saleCount > 0 && after.saleCount > 0);
  assert.equal(before.saleCount + after.saleCount, all.saleCount);
  const sum = new Decimal(before.pnl.amount).plus(after.pnl.amount);
  assert.equal(sum.toDecimalPlaces(30).toFixed(), new Decimal(all.pnl.amount).toDecimalPlaces(30).toFixed());
  assert.equal(all.pnl.currency, 'USD');
});

test('finds one holding by token, and null for a token that is not held', async () => {
  await using portfolio = await startTestPortfolio();
  const { data } = await portfolio.ask(
    `query ($id: ID!) { portfolio(id: $id) { held: holding(tokenId: "bitcoin") { id token { symbol name } }
      none: holding(tokenId: "no-such-token") { id } } }`,
    { id: LONG_TERM },
  );
  assert.deepEqual(data.portfolio.held.token, { symbol: 'BTC', name: 'Bitcoin' });
  assert.equal(data.portfolio.none, null);
});

test('filters a ledger by every condition', async () => {
  await using portfolio = await startTestPortfolio();
  const ask = async (filter: Record<string, unknown>) => {
    const { data } = await portfolio.ask(
      `query ($id: ID!, $filter: TransactionFilter) { portfolio(id: $id) { transactions(first: 100, filter: $filter) {
        totalCount nodes { type executedAt token { id } } } } }`,
      { id: LONG_TERM, filter },
    );
    return data.portfolio.transactions;
  };
  const bitcoin = await ask({ tokenIds: ['bitcoin'], types: ['BUY'] });
  assert.ok(bitcoin.totalCount > 0);
  for (const { token, type } of bitcoin.nodes) assert.deepEqual([token.id, type], ['bitcoin', 'BUY']);
  const from = bitcoin.nodes.at(-1).executedAt;
  const to = bitcoin.nodes[0].executedAt;
  const between = await ask({
    tokenIds: ['bitcoin'],
    types: ['BUY'],
    executedFrom: from,
    executedBefore: to,
  });
  assert.ok(
    between.nodes.every(({ executedAt }: { executedAt: string }) => executedAt >= from && executedAt < to),
  );
  assert.ok(between.totalCount < bitcoin.totalCount);
  assert.equal((await ask({ tokenIds: [] })).totalCount, 0);
  assert.equal((await ask({ tokenIds: ['no-such-token'] })).totalCount, 0);
});

test('refuses arguments out of range', async () => {
  await using portfolio = await startTestPortfolio();
  const ids = JSON.stringify(Array.from({ length: 251 }, (_, index) => `token-${index}`));
  const fields = [
    ...[0, -1, 10 ** 9].flatMap((first) => [
      `portfolio(id: "${LONG_TERM}") { holdings(first: ${first}) { totalCount } }`,
      `portfolio(id: "${LONG_TERM}") { transactions(first: ${first}) { totalCount } }`,
      `portfolio(id: "${LONG_TERM}") { holding(tokenId: "bitcoin") { lots(first: ${first}) { acquiredAt } } }`,
      `watchlist(id: "${ADAS_LIST}") { tokens(first: ${first}) { totalCount } }`,
      `me { portfolios(first: ${first}) { totalCount } }`,
      `me { watchlists(first: ${first}) { totalCount } }`,
    ]),
    `portfolio(id: "${LONG_TERM}") { holdings(after: "forged") { totalCount } }`,
    `portfolio(id: "${LONG_TERM}") { transactions(after: "forged") { totalCount } }`,
    `portfolio(id: "${LONG_TERM}") { transactions(filter: { tokenIds: ${ids} }) { totalCount } }`,
    `portfolio(id: "${LONG_TERM}") { realizedPnl(from: "2025-01-02T00:00:00Z", to: "2025-01-01T00:00:00Z") { saleCount } }`,
  ];
  for (const field of fields) {
    const { errors } = await portfolio.ask(`{ ${field} }`);
    assert.deepEqual(
      errors.map(({ extensions }) => extensions?.code),
      ['BAD_USER_INPUT'],
      field,
    );
  }
});

test('refuses the cursor of another list', async () => {
  await using portfolio = await startTestPortfolio();
  const query =
    'query ($id: ID!) { portfolio(id: $id) { transactions(first: 1) { pageInfo { endCursor } } } }';
  const { data } = await portfolio.ask(query, { id: LONG_TERM });
  const after = data.portfolio.transactions.pageInfo.endCursor;
  const { errors } = await portfolio.ask(
    'query ($id: ID!, $after: String) { portfolio(id: $id) { transactions(after: $after) { totalCount } } }',
    { id: TRADING, after },
  );
  assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT');
});

async function addEntry(portfolio: TestPortfolio, input: Record<string, unknown>) {
  const { data, errors } = await portfolio.ask(
    'mutation ($input: AddTransactionInput!) { addTransaction(input: $input) { transaction { id } userErrors { code } } }',
    {
      input: {
        idempotencyKey: freshKey(),
        portfolioId: LONG_TERM,
        type: 'BUY',
        tokenId: 'bitcoin',
        quantity: '0.5',
        unitPrice: '60000',
        ...input,
      },
    },
  );
  assert.deepEqual([errors, data?.addTransaction.userErrors], [[], []]);
  return data.addTransaction;
}
