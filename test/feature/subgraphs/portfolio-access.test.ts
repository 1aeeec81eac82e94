import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADA, ADAS_LIST, GRACE, LONG_TERM, MAIN, startTestPortfolio } from '../../kit/test-portfolio.ts';

test('shows an address only to a key with profile:read', async () => {
  await using portfolio = await startTestPortfolio();
  const { data, errors } = await portfolio.ask('{ me { id email } }', {}, { ...ADA, scopes: [] });
  assert.deepEqual(data, { me: { id: ADA.userId, email: null } });
  assert.deepEqual(
    errors.map(({ path, extensions }) => [path, extensions?.code]),
    [[['me', 'email'], 'FORBIDDEN']],
  );
});

const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  __typename ... on Portfolio { id name } ... on Holding { id quantity } ... on Transaction { id quantity }
  ... on User { id displayName } ... on Watchlist { id name } } }`;

test('resolves references of the owner, in order, and null for what is not there', async () => {
  await using portfolio = await startTestPortfolio();
  const { data } = await portfolio.ask(
    'query ($id: ID!) { portfolio(id: $id) { holdings(first: 1) { nodes { id quantity } } transactions(first: 1) { nodes { id quantity } } } }',
    { id: LONG_TERM },
  );
  const holding = data.portfolio.holdings.nodes[0];
  const transaction = data.portfolio.transactions.nodes[0];
  const representations = [
    { __typename: 'Holding', id: holding.id },
    { __typename: 'Portfolio', id: 'pf_unknown' },
    { __typename: 'Portfolio', id: LONG_TERM },
    { __typename: 'Holding', id: `${holding.id}-unknown` },
    { __typename: 'Holding', id: 'nonsense' },
    { __typename: 'Transaction', id: transaction.id },
    { __typename: 'User', id: ADA.userId },
    { __typename: 'Watchlist', id: ADAS_LIST },
  ];
  const answer = await portfolio.ask(ENTITIES, { representations });
  assert.deepEqual(answer.errors, []);
  assert.deepEqual(
    answer.data._entities.map((entity: { id: string } | null) => entity?.id ?? null),
    [holding.id, null, LONG_TERM, null, null, transaction.id, ADA.userId, ADAS_LIST],
  );
  assert.equal(answer.data._entities[0].quantity, holding.quantity);
});

test("answers null for what is somebody else's, as if it were absent", async () => {
  await using portfolio = await startTestPortfolio();
  const own = await portfolio.ask(
    'query ($id: ID!) { portfolio(id: $id) { holdings(first: 1) { nodes { id } } transactions(first: 1) { nodes { id } } } }',
    { id: LONG_TERM },
  );
  const foreign = await portfolio.ask(
    'query ($id: ID!, $list: ID!) { portfolio(id: $id) { id } watchlist(id: $list) { id } }',
    { id: LONG_TERM, list: ADAS_LIST },
    GRACE,
  );
  const absent = await portfolio.ask(
    'query ($id: ID!, $list: ID!) { portfolio(id: $id) { id } watchlist(id: $list) { id } }',
    { id: 'pf_unknown', list: 'wl_unknown' },
    GRACE,
  );
  assert.deepEqual(foreign, absent);
  assert.deepEqual(foreign.data, { portfolio: null, watchlist: null });

  const representations = [
    { __typename: 'Portfolio', id: LONG_TERM },
    { __typename: 'Holding', id: own.data.portfolio.holdings.nodes[0].id },
    { __typename: 'Transaction', id: own.data.portfolio.transactions.nodes[0].id },
    { __typename: 'User', id: ADA.userId },
    { __typename: 'Watchlist', id: ADAS_LIST },
  ];
  const entities = await portfolio.ask(ENTITIES, { representations }, GRACE);
  assert.deepEqual(entities.data._entities, [null, null, null, null, null]);
  assert.deepEqual(entities.errors, []);
});

test('reads no ledger for a foreign portfolio, at the root or as an entity', async () => {
  await using portfolio = await startTestPortfolio();
  const selection =
    '{ id positions { quantity } holdings { totalCount } transactions { totalCount } realizedPnl { saleCount } }';
  portfolio.statements.length = 0;
  await portfolio.ask(`query ($id: ID!) { portfolio(id: $id) ${selection} }`, { id: LONG_TERM }, GRACE);
  await portfolio.ask(
    `query ($id: ID!) { _entities(representations: [{ __typename: "Portfolio", id: $id }, { __typename: "Holding", id: "hl_${LONG_TERM.slice(3)}.bitcoin" }])
      { ... on Portfolio ${selection} ... on Holding { quantity } } }`
      .replace('id: $id }', `id: "${LONG_TERM}" }`)
      .replace('($id: ID!)', ''),
    {},
    GRACE,
  );
  assert.ok(portfolio.statements.length > 0);
  assert.deepEqual(
    portfolio.statements.filter((sql) => sql.includes('ledger_entries')),
    [],
  );
});

test('reads the ledgers of several portfolios in one statement, and once for a revision', async () => {
  await using portfolio = await startTestPortfolio();
  const query =
    '{ me { portfolios { nodes { id holdings { nodes { id token { symbol } } } a: positions { quantity } realizedPnl { saleCount } } } } }';
  portfolio.statements.length = 0;
  await portfolio.ask(query);
  const count = (table: string) =>
    portfolio.statements.filter((sql) => sql.includes(`from "${table}"`)).length;
  assert.equal(count('ledger_entries'), 1);
  assert.equal(count('tokens'), 1);
  assert.equal(count('portfolios'), 2, 'the rows, then what they hold');
  await portfolio.ask(query);
  assert.equal(count('ledger_entries'), 1);
});

test('asks for a key, then for its scope', async () => {
  await using portfolio = await startTestPortfolio();
  const query = `{ portfolio(id: "${LONG_TERM}") { id } }`;
  const anonymous = await portfolio.ask(query, {}, {});
  assert.equal(anonymous.errors[0]?.extensions?.code, 'UNAUTHENTICATED');
  const unscoped = await portfolio.ask(query, {}, { ...ADA, scopes: ['watchlist:read'] });
  assert.equal(unscoped.errors[0]?.extensions?.code, 'FORBIDDEN');
  assert.equal(unscoped.data.portfolio, null);
});

test('keeps the portfolios of two users apart', async () => {
  await using portfolio = await startTestPortfolio();
  const { data } = await portfolio.ask('{ me { portfolios { nodes { id } } } }', {}, GRACE);
  assert.deepEqual(data.me.portfolios.nodes, [{ id: MAIN }]);
});
