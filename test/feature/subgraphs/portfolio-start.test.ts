import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from 'undici';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { openDatabase } from '../../../subgraphs/portfolio/storage/open-database.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import {
  freshKey,
  LONG_TERM,
  startTestPortfolio,
  type TestPortfolio,
  TRADING,
} from '../../kit/test-portfolio.ts';

async function readHealth({ url }: TestPortfolio) {
  const { statusCode, body } = await request(new URL('/health', url));
  return { status: statusCode, ...((await body.json()) as { ready: boolean; reason?: string }) };
}

const NAMED = `{ portfolio(id: "${LONG_TERM}") { name holdings(first: 3) { nodes { token { id symbol name } } } } }`;

test('a first start without the price subgraph waits for tickers, and answers what needs none', async () => {
  await using portfolio = await startTestPortfolio({ price: null });
  const health = await readHealth(portfolio);
  assert.equal(health.status, 503);
  assert.match(health.reason ?? '', /tickers of \d+ tokens/);
  const { data, errors } = await portfolio.ask(`{ me { portfolios { nodes { id name } } } }`);
  assert.deepEqual(errors, []);
  assert.equal(data.me.portfolios.nodes.length, 2);
});

test('a later start without the price subgraph serves tickers and books from its own tables', async () => {
  using folder = createTemporaryFolder();
  await using first = await startTestPortfolio({ stateDir: folder.path });
  assert.deepEqual([(await readHealth(first)).status, (await readHealth(first)).ready], [200, true]);
  const before = await first.ask(NAMED);
  assert.deepEqual(before.errors, []);
  await first.stop();
  await using second = await startTestPortfolio({ stateDir: folder.path, price: null });
  assert.equal((await readHealth(second)).status, 200);
  assert.deepEqual(await second.ask(NAMED), before);
});

test('without the price subgraph a transfer needs a price of its own', async () => {
  using folder = createTemporaryFolder();
  await using first = await startTestPortfolio({ stateDir: folder.path });
  await first.stop();
  await using second = await startTestPortfolio({ stateDir: folder.path, price: null });
  const add = async (unitPrice: string | null) => {
    const { data } = await second.ask(
      'mutation ($input: AddTransactionInput!) { addTransaction(input: $input) { userErrors { code field } } }',
      {
        input: {
          idempotencyKey: freshKey(),
          portfolioId: LONG_TERM,
          type: 'TRANSFER_IN',
          tokenId: 'bitcoin',
          quantity: '1',
          unitPrice,
          executedAt: '2026-08-01T00:00:00Z',
        },
      },
    );
    return data.addTransaction.userErrors;
  };
  assert.deepEqual(await add(null), [{ code: 'INVALID', field: ['input', 'unitPrice'] }]);
  assert.deepEqual(await add('60000'), []);
});

test('starts with empty tables when no demonstration is asked for', async () => {
  await using portfolio = await startTestPortfolio({ isDemo: false });
  assert.equal((await readHealth(portfolio)).status, 200);
  assert.deepEqual((await portfolio.ask('{ me { id } }')).data, { me: null });
});

test('a full ledger of 10,000 entries is handed over whole, worked out once, and takes no more', async () => {
  await using portfolio = await startTestPortfolio();
  await fillLedger(portfolio, TRADING, 10_000);
  const ask = () =>
    portfolio.ask(
      'query ($id: ID!) { portfolio(id: $id) { ledger { at quantityDelta } positions { quantity } } }',
      {
        id: TRADING,
      },
    );
  portfolio.statements.length = 0;
  const [first, second] = [await ask(), await ask()];
  assert.equal(first.data.portfolio.ledger.length, 10_000);
  assert.deepEqual(second, first);
  assert.equal(portfolio.statements.filter((statement) => statement.includes('"ledger_entries"')).length, 1);
  const { data } = await portfolio.ask(
    'mutation ($input: AddTransactionInput!) { addTransaction(input: $input) { userErrors { code field } } }',
    {
      input: {
        idempotencyKey: freshKey(),
        portfolioId: TRADING,
        type: 'BUY',
        tokenId: 'bitcoin',
        quantity: '1',
        unitPrice: '1',
        executedAt: '2026-08-01T00:00:00Z',
      },
    },
  );
  assert.deepEqual(data.addTransaction.userErrors, [{ code: 'LIMIT_REACHED', field: null }]);
});

/** Fills a ledger up with purchases and sales, as an import would have. */
async function fillLedger({ file }: TestPortfolio, portfolioId: string, size: number): Promise<void> {
  const database = await openDatabase({ dialect: createNodeSqliteDialect(file) });
  const { last } = await database
    .selectFrom('ledger_entries')
    .select(({ fn }) => fn.max('sequence').as('last'))
    .where('portfolio_id', '=', portfolioId)
    .executeTakeFirstOrThrow();
  await database.transaction().execute(async (transaction) => {
    for (let sequence = (last ?? 0) + 1; sequence <= size; sequence += 1) {
      await transaction
        .insertInto('ledger_entries')
        .values({
          id: `tx_${sequence}`,
          portfolio_id: portfolioId,
          sequence,
          type: sequence % 3 === 0 ? 'SELL' : 'BUY',
          token_id: sequence % 2 === 0 ? 'bitcoin' : 'ethereum',
          quantity: sequence % 3 === 0 ? '0.37' : '0.51',
          unit_price: `${sequence}.0123`,
          fee: '0.5',
          executed_at: Date.parse('2026-01-01T00:00:00Z') + sequence * 1000,
          created_at: Date.parse('2026-01-01T00:00:00Z'),
          source: 'IMPORT',
        })
        .execute();
    }
    await transaction
      .updateTable('portfolios')
      .set({ revision: size })
      .where('id', '=', portfolioId)
      .execute();
  });
  await database.destroy();
}
