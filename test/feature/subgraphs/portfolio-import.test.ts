import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { request } from 'undici';
import { awaitImport, importFile, sendFile } from '../../kit/import-file.ts';
import { startPostgres } from '../../kit/postgres.ts';
import {
  ADA,
  freshKey,
  GRACE,
  LONG_TERM,
  MAIN,
  startTestPortfolio,
  type TestPortfolio,
} from '../../kit/test-portfolio.ts';

const postgres = await startPostgres();
after(() => postgres[Symbol.asyncDispose]());

const HEADER = 'executedAt,type,tokenId,quantity,unitPrice,fee,externalId,note';
const file = (...lines: readonly string[]) => [HEADER, ...lines, ''].join('\n');

async function readState(portfolio: TestPortfolio, id = LONG_TERM) {
  const { data } = await portfolio.ask(
    `query ($id: ID!) { portfolio(id: $id) { revision transactions(first: 10) { totalCount nodes {
      type token { id } quantity unitPrice { amount } fee { amount } executedAt source externalId note } } } }`,
    { id },
  );
  return data.portfolio;
}

const linesOf = ({ issues }: { issues: readonly { line: number }[] }) => issues.map(({ line }) => line);

for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  const start = async () =>
    startTestPortfolio(engine === 'SQLite' ? {} : { databaseUrl: await postgres.createDatabase() });

  test(`${engine}: reads a file in the background, and each entry once`, async () => {
    await using portfolio = await start();
    const before = await readState(portfolio);
    const content = file(
      '2026-08-07T10:00:00Z,BUY,bitcoin,0.5,60000.01,12.5,trade-1,"First, ""quoted""\nand on two lines"',
      '2026-08-07T11:00:00Z,SELL,bitcoin,0.25,61000,,trade-2,',
      '2026-08-07 12:00:00,reward,ethereum,0.01,,,,',
    );
    const job = await importFile(portfolio, { content });
    assert.deepEqual(
      [job.state, job.importedCount, job.duplicateCount, job.processedLines, job.totalLines, job.issues],
      ['SUCCEEDED', 3, 0, 5, 5, []],
    );
    const state = await readState(portfolio);
    assert.equal(state.revision, before.revision + 1);
    assert.equal(state.transactions.totalCount, before.transactions.totalCount + 3);
    assert.deepEqual(state.transactions.nodes[2], {
      type: 'BUY',
      token: { id: 'bitcoin' },
      quantity: '0.5',
      unitPrice: { amount: '60000.01' },
      fee: { amount: '12.5' },
      executedAt: '2026-08-07T10:00:00Z',
      source: 'IMPORT',
      externalId: 'trade-1',
      note: 'First, "quoted"\nand on two lines',
    });
    const again = await importFile(portfolio, { content: content.replace(/^.*reward.*$/m, '') });
    assert.deepEqual([again.state, again.importedCount, again.duplicateCount], ['SUCCEEDED', 0, 2]);
    assert.deepEqual(await readState(portfolio), state);
  });

  test(`${engine}: a dry run says the same and enters nothing`, async () => {
    await using portfolio = await start();
    const before = await readState(portfolio);
    const content = file(
      '2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,a,',
      'broken',
      '2026-08-07T10:00:00Z,BUY,,1,1,,,',
    );
    const dry = await importFile(portfolio, { content, dryRun: true });
    assert.deepEqual(await readState(portfolio), before);
    const { id: _dry, ...said } = dry;
    const { id: _real, ...done } = await importFile(portfolio, { content });
    assert.deepEqual({ ...done, dryRun: true }, said);
    assert.deepEqual([dry.state, dry.importedCount, linesOf(dry)], ['PARTIALLY_SUCCEEDED', 1, [3, 4]]);
  });

  test(`${engine}: imports of one portfolio run one after the other`, async () => {
    await using portfolio = await start();
    const content = file('2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,once,');
    const sent = await Promise.all(Array.from({ length: 5 }, () => sendFile(portfolio, { content })));
    const jobs = await Promise.all(sent.map(({ job }) => awaitImport(portfolio, job?.id ?? '')));
    assert.deepEqual(jobs.map(({ importedCount }) => importedCount).toSorted(), [0, 0, 0, 0, 1]);
    assert.deepEqual(jobs.map(({ duplicateCount }) => duplicateCount).toSorted(), [0, 1, 1, 1, 1]);
  });
}

test('two programs over the same tables run an import once', async () => {
  const databaseUrl = await postgres.createDatabase();
  await using one = await startTestPortfolio({ databaseUrl });
  await using other = await startTestPortfolio({ databaseUrl });
  const before = await readState(one);
  const rows = Array.from({ length: 300 }, (_, index) => `2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,x${index},`);
  const idempotencyKey = freshKey();
  const sent = await Promise.all(
    [one, other, one, other].map((portfolio) =>
      sendFile(portfolio, { content: file(...rows), idempotencyKey }),
    ),
  );
  assert.equal(new Set(sent.map(({ job }) => job?.id)).size, 1);
  const job = await awaitImport(other, sent[0]?.job?.id ?? '');
  assert.deepEqual([job.state, job.importedCount], ['SUCCEEDED', 300]);
  const state = await readState(one);
  assert.equal(state.revision, before.revision + 1);
  assert.equal(state.transactions.totalCount, before.transactions.totalCount + 300);
});

test('names each line that it refuses, and enters the others', async () => {
  await using portfolio = await startTestPortfolio();
  const good = '2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,,';
  const bad: [string, RegExp][] = [
    ['2026-08-07T10:00:00Z,BUY,bitcoin,1e999999,1,,,', /quantity expects plain digits/],
    ['2026-08-07T10:00:00Z,BUY,bitcoin,NaN,1,,,', /quantity expects plain digits/],
    [`2026-08-07T10:00:00Z,BUY,bitcoin,${'9'.repeat(80)},1,,,`, /quantity expects plain digits/],
    [`2026-08-07T10:00:00Z,BUY,bitcoin,${'9'.repeat(78)},9.9,,,`, /must stay below/],
    ['2026-08-07T10:00:00Z,BUY,bitcoin,-1,1,,,', /above 0/],
    ['2026-08-07T10:00:00Z,BUY,bitcoin,1,,,,', /needs a unit price/],
    ['2026-08-08T00:00:00.001Z,BUY,bitcoin,1,1,,,', /future/],
    ['2026-02-30T00:00:00Z,BUY,bitcoin,1,1,,,', /executedAt expects a time/],
    ['2026-08-07T10:00:00Z,LEND,bitcoin,1,1,,,', /type expects one of/],
    ['2026-08-07T10:00:00Z,BUY,no-such-token,1,1,,,', /No token is known/],
    ['2026-08-07T10:00:00Z,SELL,bitcoin,1000000000,1,,,', /give away more/],
    ['2026-08-07T10:00:00Z,BUY,bitcoin', /has 3 fields, the header 8/],
    ['2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,,"never closed', /quotes/],
    ['2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,,a"b"c', /quotes/],
    [`2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,${'e'.repeat(201)},`, /externalId must have/],
  ];
  const content = file(...bad.flatMap(([line]) => [line, good]));
  const job = await importFile(portfolio, { content });
  assert.deepEqual([job.state, job.importedCount], ['PARTIALLY_SUCCEEDED', bad.length]);
  assert.deepEqual(
    linesOf(job),
    bad.map((_, index) => 2 + 2 * index),
  );
  for (const [index, [line, message]] of bad.entries())
    assert.match(job.issues[index]?.message ?? '', message, line);
});

test('keeps the first 100 issues, and says when nothing could be entered', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await readState(portfolio);
  const job = await importFile(portfolio, { content: file(...Array(150).fill('broken')) });
  assert.deepEqual([job.state, job.importedCount, job.issues.length], ['FAILED', 0, 100]);
  assert.equal(job.issues[99]?.line, 101);
  const headless = await importFile(portfolio, { content: 'a,b\n1,2\n' });
  assert.deepEqual([headless.state, linesOf(headless)], ['FAILED', [1]]);
  assert.match(headless.issues[0]?.message ?? '', /no header/);
  assert.deepEqual(await readState(portfolio), before);
});

test('gives the candidates of an ambiguous ticker instead of guessing', async () => {
  await using portfolio = await startTestPortfolio({
    tokens: [
      { id: 'one-coin', symbol: 'AMB', name: 'One' },
      { id: 'other-coin', symbol: 'amb', name: 'Other' },
    ],
  });
  const content =
    'executedAt,type,symbol,quantity,unitPrice\n2026-08-07T10:00:00Z,BUY,Amb,1,1\n2026-08-07T10:00:00Z,BUY,btc,1,1\n';
  const job = await importFile(portfolio, { content });
  assert.deepEqual(
    [job.state, job.importedCount, job.issues.map(({ candidates }) => candidates)],
    ['PARTIALLY_SUCCEEDED', 1, [[{ id: 'one-coin' }, { id: 'other-coin' }]]],
  );
});

test('refuses files that cannot be imported before they are queued', async () => {
  await using portfolio = await startTestPortfolio();
  const refusals: [Record<string, unknown>, string[], string][] = [
    [{ content: ' \n' }, ['input', 'content'], 'BLANK'],
    [{ content: 'é'.repeat(524_289) }, ['input', 'content'], 'INVALID'],
    [{ content: 'a\u0000b' }, ['input', 'content'], 'INVALID'],
    [{ content: 'a', portfolioId: MAIN }, ['input', 'portfolioId'], 'NOT_FOUND'],
    [{ content: 'a', idempotencyKey: 'short' }, ['input', 'idempotencyKey'], 'INVALID'],
  ];
  for (const [input, field, code] of refusals) {
    const { job, userErrors } = await sendFile(portfolio, input);
    assert.deepEqual([job, userErrors.map((error) => [error.field, error.code])], [null, [[field, code]]]);
  }
});

test('does not take 50 MB in, and goes on', async () => {
  await using portfolio = await startTestPortfolio();
  const { statusCode, body } = await request(portfolio.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: await portfolio.authorize() },
    body: JSON.stringify({ query: '{ me { id } }', variables: { content: 'x'.repeat(50_000_000) } }),
  }).catch((error) => ({ statusCode: error.code as string, body: undefined }));
  await body?.dump();
  // The server may close the connection while the body still comes.
  assert.ok([413, 'UND_ERR_SOCKET', 'EPIPE', 'ECONNRESET'].includes(statusCode), String(statusCode));
  assert.deepEqual((await portfolio.ask('{ me { id } }')).data, { me: { id: ADA.userId } });
});

test("answers null for somebody else's import, at the root and as an entity", async () => {
  await using portfolio = await startTestPortfolio();
  const { id } = await importFile(portfolio, { content: file() });
  const { data } = await portfolio.ask(
    `query ($id: ID!, $job: [_Any!]!) { importJob(id: $id) { id } _entities(representations: $job) { __typename } }`,
    { id, job: [{ __typename: 'ImportJob', id }] },
    GRACE,
  );
  assert.deepEqual(data, { importJob: null, _entities: [null] });
  const own = await portfolio.ask(
    `query ($job: [_Any!]!) { _entities(representations: $job) { ... on ImportJob { id state } } }`,
    { job: [{ __typename: 'ImportJob', id }] },
  );
  assert.deepEqual(own.data._entities, [{ id, state: 'SUCCEEDED' }]);
});

test('an import ends with its portfolio', async () => {
  await using portfolio = await startTestPortfolio();
  const rows = Array.from({ length: 3000 }, () => '2026-08-07T10:00:00Z,BUY,bitcoin,1,1,,,');
  const { job } = await sendFile(portfolio, { content: file(...rows) });
  const { data } = await portfolio.ask(
    'mutation ($id: ID!) { deletePortfolio(id: $id) { deletedPortfolioId userErrors { code } } }',
    { id: LONG_TERM },
  );
  assert.deepEqual(data.deletePortfolio, { deletedPortfolioId: LONG_TERM, userErrors: [] });
  const gone = await portfolio.ask(
    'query ($id: ID!) { importJob(id: $id) { id } portfolio(id: "x") { id } }',
    {
      id: job?.id,
    },
  );
  assert.equal(gone.data.importJob, null);
});
