import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { computeBook } from '../../../subgraphs/portfolio/ledger/compute-book.ts';
import { transactionOf } from '../../../subgraphs/portfolio/storage/ledger-rows.ts';
import { importFile } from '../../kit/import-file.ts';
import { fillLedger, openTestTables } from '../../kit/ledger-tables.ts';
import { startPostgres } from '../../kit/postgres.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import {
  freshKey,
  LONG_TERM,
  startTestPortfolio,
  type TestPortfolio,
  TRADING,
} from '../../kit/test-portfolio.ts';

const postgres = await startPostgres();
after(() => postgres[Symbol.asyncDispose]());

/** What Dashboard asks this subgraph for. */
const DASHBOARD = `query ($id: ID!) { portfolio(id: $id) { id name baseCurrency positions { quantity token { id } }
  holdings(first: 20) { nodes { id quantity baseCurrency costBasis { amount currency } token { id symbol name } }
  pageInfo { hasNextPage endCursor } } } }`;

/** What reads entries; the copy of the market looks for tokens without a name of its own accord. */
const ofLedger = (sql: string) => sql.startsWith('select * from "ledger_entries"');

async function readDashboard(portfolio: TestPortfolio, id: string) {
  const { data, errors } = await portfolio.ask(DASHBOARD, { id });
  assert.deepEqual(errors, []);
  return data.portfolio;
}

/** What the table says of a portfolio, and what its ledger comes to when it is worked out from the first entry on. */
async function compareWithLedger(portfolio: TestPortfolio, id: string) {
  await using database = await openTestTables(portfolio);
  const row = await database
    .selectFrom('portfolios')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const positions = await database
    .selectFrom('positions')
    .selectAll()
    .where('portfolio_id', '=', id)
    .orderBy('token_id')
    .execute();
  const entries = await database
    .selectFrom('ledger_entries')
    .selectAll()
    .where('portfolio_id', '=', id)
    .execute();
  const book = computeBook(entries.map(transactionOf), row.cost_basis_method);
  const expected = Array.from(book.positions.values(), (position) => ({
    portfolio_id: id,
    token_id: position.tokenId,
    quantity: position.quantity.toFixed(),
    cost_basis: position.costBasis.toFixed(),
    realized_pnl: position.realizedPnl.toFixed(),
    held_since: position.heldSinceMs,
    last_activity_at: position.lastActivityAtMs,
  })).sort((a, b) => (a.token_id < b.token_id ? -1 : 1));
  return { row, positions: positions.map((position) => ({ ...position })), expected };
}

async function assertKept(portfolio: TestPortfolio, id: string, step: string): Promise<void> {
  const { row, positions, expected } = await compareWithLedger(portfolio, id);
  assert.equal(row.positions_revision, row.revision, step);
  assert.deepEqual(positions, expected, step);
}

for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  test(`${engine}: 10,000 entries answer Dashboard without one of them being read, also first after a start`, async () => {
    using folder = createTemporaryFolder();
    const place = {
      stateDir: folder.path,
      ...(engine === 'SQLite' ? {} : { databaseUrl: await postgres.createDatabase() }),
    };
    await using first = await startTestPortfolio(place);
    await fillLedger(first, TRADING, 10_000);
    first.statements.length = 0;
    const workedOut = await readDashboard(first, TRADING);
    assert.equal(
      first.statements.filter(ofLedger).length,
      1,
      'the table is behind, so that the ledger is read',
    );
    await first.stop();

    await using second = await startTestPortfolio(place);
    second.statements.length = 0;
    assert.deepEqual(await readDashboard(second, TRADING), workedOut);
    assert.deepEqual(second.statements.filter(ofLedger), []);
    await assertKept(second, TRADING, 'brought up to date by the start');
    await second.stop();

    await using third = await startTestPortfolio({ ...place, price: null });
    third.statements.length = 0;
    assert.deepEqual(await readDashboard(third, TRADING), workedOut);
    assert.deepEqual(third.statements.filter(ofLedger), []);
  });

  test(`${engine}: each change of a ledger leaves its positions as the whole ledger comes to`, async () => {
    await using portfolio = await startTestPortfolio(
      engine === 'SQLite' ? {} : { databaseUrl: await postgres.createDatabase() },
    );
    const added: string[] = [];
    const add = async (input: Record<string, unknown>) => {
      const { data, errors } = await portfolio.ask(
        'mutation ($input: AddTransactionInput!) { addTransaction(input: $input) { transaction { id } userErrors { code } } }',
        { input: { idempotencyKey: freshKey(), portfolioId: LONG_TERM, ...input } },
      );
      assert.deepEqual(errors, []);
      const { transaction, userErrors } = data.addTransaction;
      if (transaction !== null) added.push(transaction.id);
      return userErrors.map(({ code }: { code: string }) => code);
    };
    const update = (input: Record<string, unknown>) =>
      portfolio.ask(
        'mutation ($input: UpdatePortfolioInput!) { updatePortfolio(input: $input) { userErrors { code } } }',
        { input: { id: LONG_TERM, ...input } },
      );
    const steps: Record<string, () => Promise<unknown>> = {
      'a start': async () => {},
      'a purchase of what is held': () =>
        add({
          type: 'BUY',
          tokenId: 'bitcoin',
          quantity: '0.7',
          unitPrice: '3',
          executedAt: '2026-08-01T00:00:00Z',
        }),
      'a purchase before all others': () =>
        add({
          type: 'BUY',
          tokenId: 'bitcoin',
          quantity: '0.1',
          unitPrice: '1',
          fee: '9',
          executedAt: '2017-01-01T00:00:00Z',
        }),
      'a sale with a share that does not divide': () =>
        add({
          type: 'SELL',
          tokenId: 'bitcoin',
          quantity: '0.3',
          unitPrice: '7',
          executedAt: '2026-08-02T00:00:00Z',
        }),
      'a token that was not held': () =>
        add({
          type: 'BUY',
          tokenId: 'mog-coin',
          quantity: '5',
          unitPrice: '2',
          executedAt: '2026-08-01T00:00:00Z',
        }),
      'its sale as a whole': () =>
        add({
          type: 'SELL',
          tokenId: 'mog-coin',
          quantity: '5',
          unitPrice: '3',
          executedAt: '2026-08-03T00:00:00Z',
        }),
      'a sale that is refused': async () =>
        assert.deepEqual(
          await add({
            type: 'SELL',
            tokenId: 'mog-coin',
            quantity: '1',
            unitPrice: '3',
            executedAt: '2026-08-03T00:00:00Z',
          }),
          ['INSUFFICIENT_QUANTITY'],
        ),
      'another name': () => update({ name: 'Renamed' }),
      'the other method': () => update({ costBasisMethod: 'AVERAGE' }),
      'a removal': () =>
        portfolio.ask('mutation ($id: ID!) { deleteTransaction(id: $id) { userErrors { code } } }', {
          id: added[0],
        }),
      'an import': () =>
        importFile(portfolio, {
          content: [
            'executedAt,type,tokenId,quantity,unitPrice',
            '2026-08-01T01:00:00Z,BUY,dogecoin,3,0.1',
            '2026-08-01T02:00:00Z,SELL,bitcoin,0.01,9',
            '',
          ].join('\n'),
        }),
    };
    for (const [name, take] of Object.entries(steps)) {
      await take();
      portfolio.statements.length = 0;
      await readDashboard(portfolio, LONG_TERM);
      assert.deepEqual(portfolio.statements.filter(ofLedger), [], name);
      await assertKept(portfolio, LONG_TERM, name);
    }
    assert.equal(added.length, 5);
    const gone = await portfolio.ask(
      'mutation ($id: ID!) { deletePortfolio(id: $id) { userErrors { code } } }',
      {
        id: LONG_TERM,
      },
    );
    assert.deepEqual(gone.errors, []);
    await using database = await openTestTables(portfolio);
    const left = await database
      .selectFrom('positions')
      .selectAll()
      .where('portfolio_id', '=', LONG_TERM)
      .execute();
    assert.deepEqual(left, []);
  });

  test(`${engine}: a new portfolio holds nothing, and reads no ledger to know`, async () => {
    await using portfolio = await startTestPortfolio(
      engine === 'SQLite' ? {} : { databaseUrl: await postgres.createDatabase() },
    );
    const { data } = await portfolio.ask(
      'mutation ($input: CreatePortfolioInput!) { createPortfolio(input: $input) { portfolio { id } } }',
      { input: { idempotencyKey: freshKey(), name: 'New', costBasisMethod: 'FIFO' } },
    );
    portfolio.statements.length = 0;
    const { positions, holdings } = await readDashboard(portfolio, data.createPortfolio.portfolio.id);
    assert.deepEqual([positions, holdings.nodes], [[], []]);
    assert.deepEqual(portfolio.statements.filter(ofLedger), []);
  });
}
