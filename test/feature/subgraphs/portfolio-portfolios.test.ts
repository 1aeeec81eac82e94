import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import {
  ADA,
  freshKey,
  GRACE,
  LONG_TERM,
  MAIN,
  startTestPortfolio,
  type TestPortfolio,
} from '../../kit/test-portfolio.ts';

type Input = Record<string, unknown>;

const CREATE = `mutation ($input: CreatePortfolioInput!) { answer: createPortfolio(input: $input) {
  portfolio { id name baseCurrency costBasisMethod createdAt updatedAt archivedAt revision owner { id }
    holdings { totalCount } transactions { totalCount } } userErrors { field message code } } }`;
const UPDATE = `mutation ($input: UpdatePortfolioInput!) { answer: updatePortfolio(input: $input) {
  portfolio { id name costBasisMethod archivedAt updatedAt revision } userErrors { field message code } } }`;
const DELETE = `mutation ($id: ID!) { answer: deletePortfolio(id: $id) {
  deletedPortfolioId userErrors { field message code } } }`;
const DELETE_ENTRY = `mutation ($id: ID!) { answer: deleteTransaction(id: $id) { deletedTransactionId
  portfolio { id revision updatedAt transactions { totalCount } } userErrors { field message code } } }`;

async function ask(portfolio: TestPortfolio, query: string, variables: Input, claims = ADA) {
  const { data, errors } = await portfolio.ask(query, variables, claims);
  assert.deepEqual(errors, []);
  return data.answer;
}

const newPortfolio = (changes: Input = {}) => ({
  input: { idempotencyKey: freshKey(), name: `Portfolio ${freshKey()}`, ...changes },
});

function refusalsOf({ userErrors }: { userErrors: { field: string[] | null; code: string }[] }) {
  return userErrors.map(({ field, code }) => [field?.join('.') ?? null, code]);
}

async function listNames(portfolio: TestPortfolio): Promise<string[]> {
  const { data } = await portfolio.ask(
    '{ me { portfolios(first: 100, includeArchived: true) { nodes { name } } } }',
  );
  return data.me.portfolios.nodes.map(({ name }: { name: string }) => name);
}

test('makes a portfolio, the last in order, in the default currency of the user', async () => {
  await using portfolio = await startTestPortfolio();
  const names = await listNames(portfolio);
  const { portfolio: made, userErrors } = await ask(
    portfolio,
    CREATE,
    newPortfolio({ name: '  Pension \n' }),
  );
  assert.deepEqual(userErrors, []);
  const { id, ...rest } = made;
  assert.match(id, /^pf_[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.deepEqual(rest, {
    name: 'Pension',
    baseCurrency: 'USD',
    costBasisMethod: 'FIFO',
    createdAt: '2026-08-08T00:00:00Z',
    updatedAt: '2026-08-08T00:00:00Z',
    archivedAt: null,
    revision: 0,
    owner: { id: ADA.userId },
    holdings: { totalCount: 0 },
    transactions: { totalCount: 0 },
  });
  assert.deepEqual(await listNames(portfolio), [...names, 'Pension']);
  const inBitcoin = await ask(
    portfolio,
    CREATE,
    newPortfolio({ baseCurrency: 'BTC', costBasisMethod: 'AVERAGE' }),
  );
  assert.deepEqual(
    [inBitcoin.portfolio.baseCurrency, inBitcoin.portfolio.costBasisMethod],
    ['BTC', 'AVERAGE'],
  );
});

test('refuses names and currencies that a user can mend, and makes nothing', async () => {
  await using portfolio = await startTestPortfolio();
  const names = await listNames(portfolio);
  const refusals: [Input, [string | null, string][]][] = [
    [{ name: ' \t ' }, [['input.name', 'BLANK']]],
    [{ name: 'n'.repeat(81) }, [['input.name', 'INVALID']]],
    [{ name: names[0] }, [['input.name', 'TAKEN']]],
    [{ baseCurrency: 'XYZ' }, [['input.baseCurrency', 'INVALID']]],
    [
      { idempotencyKey: 'short', name: '' },
      [
        ['input.idempotencyKey', 'INVALID'],
        ['input.name', 'BLANK'],
      ],
    ],
  ];
  for (const [changes, expected] of refusals) {
    const answer = await ask(portfolio, CREATE, newPortfolio(changes));
    assert.deepEqual([answer.portfolio, refusalsOf(answer)], [null, expected]);
  }
  assert.deepEqual(await listNames(portfolio), names);
  const emoji = await ask(portfolio, CREATE, newPortfolio({ name: '🚀'.repeat(80) }));
  assert.deepEqual(emoji.userErrors, []);
  const another = await ask(portfolio, CREATE, newPortfolio({ name: names[0] }), GRACE);
  assert.deepEqual(another.userErrors, [], 'a name is taken for its user alone');
});

test('makes one portfolio for a key, at the same moment and after a restart', async () => {
  using folder = createTemporaryFolder();
  await using first = await startTestPortfolio({ stateDir: folder.path });
  const variables = newPortfolio();
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(first, CREATE, variables)));
  const ids = new Set(answers.map(({ portfolio }) => portfolio.id));
  assert.equal(ids.size, 1);
  await first.stop();
  await using second = await startTestPortfolio({ stateDir: folder.path });
  const again = await ask(second, CREATE, variables);
  assert.deepEqual(again, answers[0]);
  const other = await ask(second, CREATE, { input: { ...variables.input, name: 'Another name' } });
  assert.deepEqual(refusalsOf(other), [['input.idempotencyKey', 'IDEMPOTENCY_KEY_REUSED']]);
  const elsewhere = await second.ask(
    'mutation ($input: SaveWatchlistInput!) { answer: saveWatchlist(input: $input) { userErrors { code } } }',
    { input: { ...variables.input, tokenIds: [] } },
  );
  assert.equal(elsewhere.data.answer.userErrors[0].code, 'IDEMPOTENCY_KEY_REUSED');
});

test('a user has at most 100 portfolios', async () => {
  await using portfolio = await startTestPortfolio();
  const free = 100 - (await listNames(portfolio)).length;
  const answers = await Promise.all(
    Array.from({ length: free + 5 }, () => ask(portfolio, CREATE, newPortfolio())),
  );
  const refused = answers.filter(({ userErrors }) => userErrors.length > 0);
  assert.deepEqual(refused.map(refusalsOf), Array(5).fill([[null, 'LIMIT_REACHED']]));
  assert.equal((await listNames(portfolio)).length, 100);
});

test('another method computes the whole ledger anew, and back again', async () => {
  await using portfolio = await startTestPortfolio();
  const figures = async () => {
    const { data } = await portfolio.ask(
      `query ($id: ID!) { portfolio(id: $id) { revision updatedAt realizedPnl { pnl { amount } }
        holdings(first: 250) { nodes { token { id } quantity costBasis { amount } lots { acquiredAt } } } } }`,
      { id: LONG_TERM },
    );
    return data.portfolio;
  };
  const change = async (costBasisMethod: string) => {
    const answer = await ask(portfolio, UPDATE, { input: { id: LONG_TERM, costBasisMethod } });
    assert.deepEqual(answer.userErrors, []);
    assert.equal(answer.portfolio.costBasisMethod, costBasisMethod);
    return figures();
  };
  const fifo = await figures();
  const average = await change('AVERAGE');
  assert.equal(average.revision, fifo.revision + 1);
  assert.equal(average.updatedAt, fifo.updatedAt, 'the ledger is as it was');
  assert.notEqual(average.realizedPnl.pnl.amount, fifo.realizedPnl.pnl.amount);
  const quantities = (nodes: { token: { id: string }; quantity: string }[]) =>
    nodes.map(({ token, quantity }) => `${token.id} ${quantity}`).toSorted();
  assert.deepEqual(quantities(average.holdings.nodes), quantities(fifo.holdings.nodes));
  assert.ok(average.holdings.nodes.every(({ lots }: { lots: unknown[] }) => lots.length === 0));
  const back = await change('FIFO');
  assert.deepEqual({ ...back, revision: fifo.revision }, fifo);
});

test('renames, archives and takes out of the archive; omitted fields stay', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await ask(portfolio, UPDATE, { input: { id: LONG_TERM } });
  const same = await ask(portfolio, UPDATE, {
    input: { id: LONG_TERM, name: before.portfolio.name, archived: false, costBasisMethod: null },
  });
  assert.deepEqual(same, before, 'what changes nothing leaves the revision');
  const renamed = await ask(portfolio, UPDATE, { input: { id: LONG_TERM, name: ' Pension ' } });
  assert.deepEqual(renamed.portfolio, {
    ...before.portfolio,
    name: 'Pension',
    revision: before.portfolio.revision + 1,
  });
  const archived = await ask(portfolio, UPDATE, { input: { id: LONG_TERM, archived: true } });
  assert.equal(archived.portfolio.archivedAt, '2026-08-08T00:00:00Z');
  assert.equal(archived.portfolio.name, 'Pension');
  const { data } = await portfolio.ask('{ me { portfolios { nodes { name } } } }');
  assert.ok(!data.me.portfolios.nodes.some(({ name }: { name: string }) => name === 'Pension'));
  const open = await ask(portfolio, UPDATE, { input: { id: LONG_TERM, archived: false } });
  assert.equal(open.portfolio.archivedAt, null);
});

test('refuses a change that is based on another revision', async () => {
  await using portfolio = await startTestPortfolio();
  const { revision } = (await ask(portfolio, UPDATE, { input: { id: LONG_TERM } })).portfolio;
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      ask(portfolio, UPDATE, {
        input: { id: LONG_TERM, name: `Name ${index}`, expectedRevision: revision },
      }),
    ),
  );
  const refused = answers.filter(({ userErrors }) => userErrors.length > 0);
  assert.deepEqual(refused.map(refusalsOf), Array(9).fill([['input.expectedRevision', 'CONFLICT']]));
  assert.ok(refused.every((answer) => answer.portfolio === null));
  const taken = await ask(portfolio, UPDATE, { input: { id: LONG_TERM, name: 'Trading' } });
  assert.deepEqual(refusalsOf(taken), [['input.name', 'TAKEN']]);
});

test('deletes a portfolio with its ledger, for good', async () => {
  await using portfolio = await startTestPortfolio();
  const { data } = await portfolio.ask(
    'query ($id: ID!) { portfolio(id: $id) { transactions(first: 1) { nodes { id } } } }',
    { id: LONG_TERM },
  );
  assert.deepEqual(await ask(portfolio, DELETE, { id: LONG_TERM }), {
    deletedPortfolioId: LONG_TERM,
    userErrors: [],
  });
  const gone = await portfolio.ask(
    `query ($id: ID!, $entries: [_Any!]!) { portfolio(id: $id) { id } _entities(representations: $entries) { __typename } }`,
    {
      id: LONG_TERM,
      entries: [{ __typename: 'Transaction', id: data.portfolio.transactions.nodes[0].id }],
    },
  );
  assert.deepEqual(gone.data, { portfolio: null, _entities: [null] });
  assert.deepEqual(refusalsOf(await ask(portfolio, DELETE, { id: LONG_TERM })), [['id', 'NOT_FOUND']]);
  const named = await ask(portfolio, CREATE, newPortfolio({ name: 'Long-term' }));
  assert.deepEqual(named.userErrors, [], 'its name is free again');
});

test('removes an entry', async () => {
  await using portfolio = await startTestPortfolio();
  const { data } = await portfolio.ask(
    `query ($id: ID!) { portfolio(id: $id) { revision transactions(first: 100, filter: { tokenIds: ["bitcoin"] }) {
      totalCount nodes { id type quantity } } holding(tokenId: "bitcoin") { quantity lots(first: 100) { openedBy { id } } } } }`,
    { id: LONG_TERM },
  );
  const { transactions, holding, revision } = data.portfolio;
  assert.ok(transactions.totalCount <= 100);
  const newestLot = holding.lots.at(-1).openedBy.id;
  const lot = transactions.nodes.find(({ id }: { id: string }) => id === newestLot);
  const answer = await ask(portfolio, DELETE_ENTRY, { id: newestLot });
  assert.deepEqual([answer.deletedTransactionId, answer.userErrors], [newestLot, []]);
  assert.equal(answer.portfolio.revision, revision + 1);
  assert.equal(answer.portfolio.updatedAt, '2026-08-08T00:00:00Z');
  const after = await portfolio.ask(
    'query ($id: ID!) { portfolio(id: $id) { holding(tokenId: "bitcoin") { quantity } } }',
    { id: LONG_TERM },
  );
  assert.equal(
    after.data.portfolio.holding.quantity,
    new Decimal(holding.quantity).minus(lot.quantity).toFixed(),
  );
  assert.deepEqual(refusalsOf(await ask(portfolio, DELETE_ENTRY, { id: newestLot })), [['id', 'NOT_FOUND']]);
});

test('keeps an entry that later ones need', async () => {
  await using portfolio = await startTestPortfolio();
  const { portfolio: made } = await ask(portfolio, CREATE, newPortfolio());
  const enter = async (type: string, executedAt: string) => {
    const { data } = await portfolio.ask(
      `mutation ($input: AddTransactionInput!) { addTransaction(input: $input) { transaction { id } portfolio { revision } } }`,
      {
        input: {
          idempotencyKey: freshKey(),
          portfolioId: made.id,
          type,
          tokenId: 'bitcoin',
          quantity: '1',
          unitPrice: '1',
          executedAt,
        },
      },
    );
    return data.addTransaction;
  };
  const bought = await enter('BUY', '2026-01-01T00:00:00Z');
  const sold = await enter('SELL', '2026-01-02T00:00:00Z');
  const needed = await ask(portfolio, DELETE_ENTRY, { id: bought.transaction.id });
  assert.deepEqual(refusalsOf(needed), [['id', 'INSUFFICIENT_QUANTITY']]);
  assert.deepEqual([needed.deletedTransactionId, needed.portfolio], [null, null]);
  const first = await ask(portfolio, DELETE_ENTRY, { id: sold.transaction.id });
  assert.equal(first.portfolio.revision, sold.portfolio.revision + 1, 'the refused change left no trace');
  const then = await ask(portfolio, DELETE_ENTRY, { id: bought.transaction.id });
  assert.deepEqual([then.userErrors, then.portfolio.transactions.totalCount], [[], 0]);
});

test("answers what is somebody else's as what does not exist, and leaves it as it is", async () => {
  await using portfolio = await startTestPortfolio();
  const read = () =>
    portfolio.ask(
      'query ($id: ID!) { portfolio(id: $id) { name revision transactions(first: 1) { totalCount nodes { id } } } }',
      { id: MAIN },
      GRACE,
    );
  const before = await read();
  const entry = before.data.portfolio.transactions.nodes[0].id;
  for (const [query, foreign, unknown] of [
    [UPDATE, { input: { id: MAIN, name: 'Mine' } }, { input: { id: 'pf_unknown', name: 'Mine' } }],
    [
      UPDATE,
      { input: { id: MAIN, expectedRevision: 1 } },
      { input: { id: 'pf_unknown', expectedRevision: 1 } },
    ],
    [DELETE, { id: MAIN }, { id: 'pf_unknown' }],
    [DELETE_ENTRY, { id: entry }, { id: 'tx_unknown' }],
  ] as const) {
    const answer = await ask(portfolio, query, foreign);
    assert.equal(answer.userErrors[0].code, 'NOT_FOUND');
    assert.deepEqual(answer, await ask(portfolio, query, unknown));
  }
  assert.deepEqual(await read(), before);
});

test('refuses a key without a user, and one that it does not know', async () => {
  await using portfolio = await startTestPortfolio();
  const { userId: _without, ...keyOnly } = ADA;
  const { errors } = await portfolio.ask(CREATE, newPortfolio(), keyOnly);
  assert.equal(errors[0]?.extensions?.code, 'FORBIDDEN', 'the rules refuse it before the resolver');
  const answer = await portfolio.ask(CREATE, newPortfolio(), { ...ADA, userId: 'usr_unknown' });
  assert.deepEqual(answer.errors, []);
  assert.deepEqual(refusalsOf(answer.data.answer), [[null, 'NOT_FOUND']]);
});

test('asks for the scope to write', async () => {
  await using portfolio = await startTestPortfolio();
  for (const [query, variables] of [
    [CREATE, newPortfolio()],
    [UPDATE, { input: { id: LONG_TERM, name: 'Other' } }],
    [DELETE, { id: LONG_TERM }],
    [DELETE_ENTRY, { id: 'tx_unknown' }],
  ] as const) {
    const { errors } = await portfolio.ask(query, variables, { ...ADA, scopes: ['portfolio:read'] });
    assert.equal(errors[0]?.extensions?.code, 'FORBIDDEN');
  }
});
