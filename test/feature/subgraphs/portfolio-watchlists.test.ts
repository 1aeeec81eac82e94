import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import {
  ADA,
  ADAS_LIST,
  freshKey,
  GRACE,
  startTestPortfolio,
  type TestPortfolio,
} from '../../kit/test-portfolio.ts';

type Input = Record<string, unknown>;

const SAVE = `mutation ($input: SaveWatchlistInput!) { saveWatchlist(input: $input) {
  watchlist { id name updatedAt tokens(first: 250) { totalCount edges { addedAt node { id } } } }
  userErrors { field code } } }`;

async function save(portfolio: TestPortfolio, input: Input, claims = ADA) {
  const { data, errors } = await portfolio.ask(
    SAVE,
    { input: { idempotencyKey: freshKey(), name: 'A list', tokenIds: [], ...input } },
    claims,
  );
  assert.deepEqual(errors, []);
  const { watchlist, userErrors } = data.saveWatchlist;
  return {
    watchlist,
    tokens: watchlist?.tokens.edges.map(({ node }: { node: { id: string } }) => node.id),
    refusals: userErrors.map(({ field, code }: { field: string[] | null; code: string }) => [
      field?.join('.') ?? null,
      code,
    ]),
  };
}

test('makes a watchlist of tokens in the order of the user', async () => {
  await using portfolio = await startTestPortfolio();
  const { watchlist, tokens, refusals } = await save(portfolio, {
    name: ' Coins ',
    tokenIds: ['ethereum', 'bitcoin'],
  });
  assert.deepEqual(refusals, []);
  assert.match(watchlist.id, /^wl_[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.deepEqual([watchlist.name, tokens], ['Coins', ['ethereum', 'bitcoin']]);
  assert.deepEqual(
    [watchlist.updatedAt, watchlist.tokens.edges[0].addedAt],
    ['2026-08-08T00:00:00Z', '2026-08-08T00:00:00Z'],
  );
  const { data } = await portfolio.ask('{ me { watchlists(first: 50) { nodes { id } } } }');
  assert.equal(data.me.watchlists.nodes.at(-1).id, watchlist.id);
});

test('replaces a watchlist; tokens that stay keep the time at which they came', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await portfolio.ask(
    'query ($id: ID!) { watchlist(id: $id) { tokens(first: 2) { edges { addedAt node { id } } } } }',
    { id: ADAS_LIST },
  );
  const [, second] = before.data.watchlist.tokens.edges;
  const { data } = await portfolio.ask('{ me { watchlists(first: 50) { nodes { id } } } }');
  const { watchlist, tokens } = await save(portfolio, {
    id: ADAS_LIST,
    name: 'Fewer',
    tokenIds: ['dogecoin', second.node.id],
  });
  assert.deepEqual([watchlist.id, watchlist.name], [ADAS_LIST, 'Fewer']);
  assert.deepEqual(tokens, ['dogecoin', second.node.id]);
  assert.equal(watchlist.tokens.edges[1].addedAt, second.addedAt);
  const after = await portfolio.ask('{ me { watchlists(first: 50) { nodes { id } } } }');
  assert.deepEqual(after.data, data, 'its place in the order stays');
  assert.deepEqual((await save(portfolio, { id: ADAS_LIST })).tokens, []);
});

test('refuses what a user can mend, and saves nothing', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await portfolio.ask(
    'query ($id: ID!) { watchlist(id: $id) { name updatedAt tokens { nodes { id } } } }',
    { id: ADAS_LIST },
  );
  const many = Array.from({ length: 251 }, (_, index) => `token-${index}`);
  for (const [input, field, code] of [
    [{ name: '' }, 'input.name', 'BLANK'],
    [{ name: 'n'.repeat(81) }, 'input.name', 'INVALID'],
    [{ tokenIds: ['bitcoin', 'no-such-token'] }, 'input.tokenIds', 'INVALID'],
    [{ tokenIds: ['bitcoin', 'ethereum', 'bitcoin'] }, 'input.tokenIds', 'INVALID'],
    [{ tokenIds: many }, 'input.tokenIds', 'INVALID'],
    [{ idempotencyKey: 'short' }, 'input.idempotencyKey', 'INVALID'],
  ] as const) {
    const { watchlist, refusals } = await save(portfolio, { id: ADAS_LIST, ...input });
    assert.deepEqual([watchlist, refusals], [null, [[field, code]]]);
  }
  const after = await portfolio.ask(
    'query ($id: ID!) { watchlist(id: $id) { name updatedAt tokens { nodes { id } } } }',
    { id: ADAS_LIST },
  );
  assert.deepEqual(after, before);
});

test("answers somebody else's watchlist as one that does not exist", async () => {
  await using portfolio = await startTestPortfolio();
  const foreign = await save(portfolio, { id: ADAS_LIST }, GRACE);
  assert.deepEqual(foreign.refusals, [['input.id', 'NOT_FOUND']]);
  assert.deepEqual(await save(portfolio, { id: 'wl_unknown' }, GRACE), foreign);
});

test('saves once for a key, also when it is repeated at the same moment', async () => {
  await using portfolio = await startTestPortfolio();
  const input = { idempotencyKey: freshKey(), tokenIds: ['bitcoin'] };
  const answers = await Promise.all(Array.from({ length: 20 }, () => save(portfolio, input)));
  assert.equal(new Set(answers.map(({ watchlist }) => watchlist.id)).size, 1);
  const other = await save(portfolio, { ...input, tokenIds: [] });
  assert.deepEqual(other.refusals, [['input.idempotencyKey', 'IDEMPOTENCY_KEY_REUSED']]);
});

test('a user has at most 50 watchlists', async () => {
  await using portfolio = await startTestPortfolio();
  const { data } = await portfolio.ask('{ me { watchlists { totalCount } } }');
  const free = 50 - data.me.watchlists.totalCount;
  const answers = await Promise.all(Array.from({ length: free + 2 }, () => save(portfolio, {})));
  assert.deepEqual(
    answers.flatMap(({ refusals }) => refusals),
    Array(2).fill([null, 'LIMIT_REACHED']),
  );
});

test('what a user saved stays where it is when the demonstration moves on', async () => {
  using folder = createTemporaryFolder();
  await using first = await startTestPortfolio({ stateDir: folder.path });
  const { watchlist } = await save(first, { id: ADAS_LIST, tokenIds: ['bitcoin'] });
  await first.stop();
  await using second = await startTestPortfolio({ stateDir: folder.path, offsetDays: 3 });
  const { data } = await second.ask(
    'query ($id: ID!) { watchlist(id: $id) { updatedAt tokens { edges { addedAt } } } }',
    { id: ADAS_LIST },
  );
  assert.equal(data.watchlist.updatedAt, watchlist.updatedAt);
  const movedMs = Date.parse(data.watchlist.tokens.edges[0].addedAt);
  assert.equal(movedMs, Date.parse(watchlist.tokens.edges[0].addedAt) + 3 * 86_400_000);
});

test('asks for the scope to write', async () => {
  await using portfolio = await startTestPortfolio();
  const { errors } = await portfolio.ask(
    SAVE,
    { input: { idempotencyKey: freshKey(), name: 'A list', tokenIds: [] } },
    { ...ADA, scopes: ['watchlist:read', 'portfolio:write'] },
  );
  assert.equal(errors[0]?.extensions?.code, 'FORBIDDEN');
});
