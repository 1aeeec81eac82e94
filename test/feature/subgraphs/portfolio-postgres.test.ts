import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';
import { startPostgres } from '../../kit/postgres.ts';
import {
  ADA,
  freshKey,
  LONG_TERM,
  startTestPortfolio,
  type TestPortfolio,
} from '../../kit/test-portfolio.ts';

const postgres = await startPostgres();
after(() => postgres[Symbol.asyncDispose]());

type Input = Record<string, unknown>;

const STATE = `query ($id: ID!) { portfolio(id: $id) { revision transactions { totalCount }
  holding(tokenId: "bitcoin") { quantity costBasis { amount } }
  holdings(first: 250) { nodes { token { id symbol } quantity costBasis { amount } realizedPnl { amount } } }
  realizedPnl { pnl { amount } saleCount } ledger { at quantityDelta externalFlow } } }`;

/** Two programs with pools of their own over the same tables, started at the same moment. */
async function startPair() {
  const databaseUrl = await postgres.createDatabase();
  const [one, other] = await Promise.all([
    startTestPortfolio({ databaseUrl }),
    startTestPortfolio({ databaseUrl }),
  ]);
  return {
    databaseUrl,
    one,
    other,
    /** Sends the same kind of change to both in turn, all at the same moment. */
    async storm(count: number, send: (portfolio: TestPortfolio, index: number) => Promise<Answer>) {
      return Promise.all(
        Array.from({ length: count }, (_, index) => send(index % 2 === 0 ? one : other, index)),
      );
    },
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

interface Answer {
  readonly made: { readonly id: string } | null;
  readonly userErrors: readonly { readonly code: string }[];
}

async function readState(portfolio: TestPortfolio) {
  const { data, errors } = await portfolio.ask(STATE, { id: LONG_TERM });
  assert.deepEqual(errors, []);
  return data.portfolio;
}

async function add(portfolio: TestPortfolio, input: Input): Promise<Answer> {
  const { data, errors } = await portfolio.ask(
    `mutation ($input: AddTransactionInput!) { answer: addTransaction(input: $input) {
      made: transaction { id } userErrors { code } } }`,
    {
      input: {
        idempotencyKey: freshKey(),
        portfolioId: LONG_TERM,
        type: 'BUY',
        tokenId: 'bitcoin',
        quantity: '0.5',
        unitPrice: '60000.01',
        executedAt: '2026-08-07T12:00:00Z',
        ...input,
      },
    },
  );
  assert.deepEqual(errors, []);
  return data.answer;
}

const codesOf = (answers: readonly Answer[]) =>
  answers.map(({ userErrors }) => userErrors[0]?.code ?? 'DONE');
const count = (codes: readonly string[], code: string) => codes.filter((each) => each === code).length;

test('gives the same figures from PostgreSQL as from SQLite', async () => {
  await using onSqlite = await startTestPortfolio();
  await using onPostgres = await startTestPortfolio({ databaseUrl: await postgres.createDatabase() });
  assert.deepEqual(await readState(onPostgres), await readState(onSqlite));
});

test('keeps what it has over a restart', async () => {
  const databaseUrl = await postgres.createDatabase();
  await using first = await startTestPortfolio({ databaseUrl });
  const input = { idempotencyKey: freshKey() };
  const made = await add(first, input);
  const state = await readState(first);
  await first.stop();
  await using second = await startTestPortfolio({ databaseUrl });
  assert.deepEqual(await add(second, input), made);
  assert.deepEqual(await readState(second), state);
});

test('fifty repetitions in two programs make one entry', async () => {
  await using pair = await startPair();
  const before = await readState(pair.one);
  const input = { idempotencyKey: freshKey() };
  const answers = await pair.storm(50, (portfolio) => add(portfolio, input));
  assert.equal(new Set(answers.map(({ made }) => made?.id)).size, 1);
  const state = await readState(pair.other);
  assert.equal(state.revision, before.revision + 1);
  assert.equal(state.transactions.totalCount, before.transactions.totalCount + 1);
});

test('fifty sales in two programs sell no more than is held', async () => {
  await using pair = await startPair();
  const before = await readState(pair.one);
  const held = new Decimal(before.holding.quantity);
  const quantity = held.div(10).toDecimalPlaces(18, Decimal.ROUND_DOWN).toFixed();
  const codes = codesOf(await pair.storm(50, (portfolio) => add(portfolio, { type: 'SELL', quantity })));
  assert.deepEqual([count(codes, 'DONE'), count(codes, 'INSUFFICIENT_QUANTITY')], [10, 40]);
  assert.deepEqual(await readState(pair.one), await readState(pair.other));
});

test('one of many programs gets a name, an external id, a revision', async () => {
  await using pair = await startPair();
  const { revision } = await readState(pair.one);
  const updates = await pair.storm(20, async (portfolio, index) => {
    const { data } = await portfolio.ask(
      `mutation ($input: UpdatePortfolioInput!) { answer: updatePortfolio(input: $input) { made: portfolio { id } userErrors { code } } }`,
      { input: { id: LONG_TERM, name: `Name ${index}`, expectedRevision: revision } },
    );
    return data.answer;
  });
  assert.deepEqual([count(codesOf(updates), 'DONE'), count(codesOf(updates), 'CONFLICT')], [1, 19]);
  const names = await pair.storm(20, async (portfolio) => {
    const { data } = await portfolio.ask(
      `mutation ($input: CreatePortfolioInput!) { answer: createPortfolio(input: $input) { made: portfolio { id } userErrors { code } } }`,
      { input: { idempotencyKey: freshKey(), name: 'Pension' } },
      ADA,
    );
    return data.answer;
  });
  assert.deepEqual([count(codesOf(names), 'DONE'), count(codesOf(names), 'TAKEN')], [1, 19]);
  const entries = await pair.storm(20, (portfolio) => add(portfolio, { externalId: 'trade-1' }));
  assert.deepEqual([count(codesOf(entries), 'DONE'), count(codesOf(entries), 'TAKEN')], [1, 19]);
});
