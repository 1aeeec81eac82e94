import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from 'undici';
import { fillLedger } from '../../kit/ledger-tables.ts';
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
