import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { awaitImport, sendFile } from '../../kit/import-file.ts';
import { type PortfolioProcess, startPortfolioProcess } from '../../kit/portfolio-process.ts';
import { startPostgres } from '../../kit/postgres.ts';
import { freshKey, LONG_TERM } from '../../kit/test-portfolio.ts';

/** Kills of each kind on each engine; `npm run test:crash` sets many more. */
const KILLS = Number(process.env.CRASH_KILLS ?? 2);
/** A kill comes at some moment of the work that it shall break into. */
const LONGEST_WORK_MS = 60;
const ROWS = 1500;

const postgres = await startPostgres();
after(() => postgres[Symbol.asyncDispose]());

async function readState(program: PortfolioProcess) {
  const { data, errors } = await program.ask(
    `query ($id: ID!) { portfolio(id: $id) { revision transactions { totalCount }
      holding(tokenId: "bitcoin") { quantity } ledger { at } } }`,
    { id: LONG_TERM },
  );
  assert.deepEqual(errors, []);
  const { revision, transactions, ledger } = data.portfolio;
  assert.equal(ledger.length, transactions.totalCount);
  return { revision, count: transactions.totalCount as number };
}

function add(program: PortfolioProcess, idempotencyKey: string) {
  return program.ask(
    'mutation ($input: AddTransactionInput!) { addTransaction(input: $input) { transaction { id } userErrors { code } } }',
    {
      input: {
        idempotencyKey,
        portfolioId: LONG_TERM,
        type: 'BUY',
        tokenId: 'bitcoin',
        quantity: '0.5',
        unitPrice: '1',
        executedAt: '2026-08-07T12:00:00Z',
      },
    },
  );
}

const HEADER = 'executedAt,type,tokenId,quantity,unitPrice,externalId';

for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  const start = async () =>
    startPortfolioProcess(engine === 'SQLite' ? undefined : await postgres.createDatabase());

  test(`${engine}: kill -9 in the middle of changes leaves each of them whole or not at all`, async () => {
    await using program = await start();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = await readState(program);
      const keys = Array.from({ length: 20 }, freshKey);
      const answers = Promise.allSettled(keys.map((key) => add(program, key)));
      await delay((LONGEST_WORK_MS * (kill + 0.5)) / KILLS);
      await program.kill();
      const answered = (await answers).filter(({ status }) => status === 'fulfilled').length;
      await program.restart();
      const broken = await readState(program);
      const made = broken.count - before.count;
      assert.ok(made >= answered && made <= keys.length, `${made} made, ${answered} answered`);
      assert.equal(broken.revision - before.revision, made, 'an entry and its revision belong together');
      await Promise.all(keys.map((key) => add(program, key)));
      const { count } = await readState(program);
      assert.equal(
        count - before.count,
        keys.length,
        'a repetition makes what is missing, and nothing twice',
      );
    }
  });

  test(`${engine}: kill -9 in the middle of an import leaves all of it or nothing, and it goes on`, async () => {
    await using program = await start();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = await readState(program);
      const rows = Array.from(
        { length: Math.min(ROWS, Math.floor(9000 / KILLS)) },
        (_, index) => `2026-08-07T10:00:00Z,BUY,bitcoin,1,1,kill-${kill}-${index}`,
      );
      const { job } = await sendFile(program, { content: [HEADER, ...rows].join('\n') });
      await delay((LONGEST_WORK_MS * 5 * (kill + 0.5)) / KILLS);
      await program.kill();
      await program.restart();
      const broken = await readState(program);
      const made = broken.count - before.count;
      assert.ok(made === 0 || made === rows.length, `${made} of ${rows.length} entries are there`);
      assert.equal(broken.revision - before.revision, made === 0 ? 0 : 1);
      const ended = await awaitImport(program, job?.id ?? '');
      assert.deepEqual([ended.state, ended.importedCount], ['SUCCEEDED', rows.length]);
      const state = await readState(program);
      assert.deepEqual(
        [state.count - before.count, state.revision - before.revision],
        [rows.length, 1],
        'it went on, once',
      );
    }
  });
}
