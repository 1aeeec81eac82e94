import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTestPlatform, type TestPlatform } from '../kit/platform.ts';

describe('who may see what on the platform', () => {
  let platform: TestPlatform;
  before(async () => {
    platform = await startTestPlatform();
  });
  after(() => platform[Symbol.asyncDispose]());

  test('public roots answer without a key', async () => {
    const { body } = await platform.query(
      '{ token(id: "bitcoin") { name price { amount } } markets(first: 1) { nodes { id } } marketOverview { asOf } news(first: 1) { nodes { id } } }',
    );
    assert.equal(body.errors, undefined);
    assert.equal(body.data.token.name, 'Bitcoin');
  });

  test('private fields ask for a key, and the public ones beside them are answered', async () => {
    const [owner] = platform.demo.users;
    const { status, body } = await platform.query(
      'query($id: ID!) { me { id } portfolio(id: $id) { name } token(id: "bitcoin") { symbol } }',
      { variables: { id: owner?.portfolioId } },
    );
    assert.equal(status, 200);
    assert.deepEqual(body.data, { me: null, portfolio: null, token: { symbol: 'BTC' } });
    assert.deepEqual(
      body.errors
        .map(({ path, extensions }: { path: string[]; extensions: { code: string } }) => [
          path.join('.'),
          extensions.code,
        ])
        .sort(),
      [
        ['me', 'UNAUTHENTICATED'],
        ['portfolio', 'UNAUTHENTICATED'],
      ],
    );
  });

  test('a key without a scope is told which path it may not read', async () => {
    const { body } = await platform.query(
      'mutation { addTransaction(input: { idempotencyKey: "0123456789abcdef", portfolioId: "pf_x", type: BUY, tokenId: "bitcoin", quantity: "1", unitPrice: "1", executedAt: "2026-01-01T00:00:00Z" }) { userErrors { code } } }',
      { key: 'free' },
    );
    // A key of the first user for somebody's portfolio that does not exist: as if absent.
    assert.deepEqual(body.data.addTransaction.userErrors, [{ code: 'NOT_FOUND' }]);
    const { body: risk } = await platform.query(
      'query($id: ID!) { portfolio(id: $id) { name risk { maxDrawdown } } }',
      {
        variables: { id: platform.demo.users[0]?.portfolioId },
        key: 'free',
      },
    );
    assert.equal(risk.data.portfolio.risk, null);
    assert.deepEqual(
      risk.errors.map(({ path, extensions }: { path: string[]; extensions: { code: string } }) => [
        path.join('.'),
        extensions.code,
      ]),
      [['portfolio.risk', 'FORBIDDEN']],
    );
  });

  test("somebody else's objects are absent, whatever the way to them", async () => {
    const [, other] = platform.demo.users;
    const { body } = await platform.query(
      'query($p: ID!, $w: ID!) { portfolio(id: $p) { name totalValue { asOf } } watchlist(id: $w) { name } unknown: portfolio(id: "pf_none") { name } }',
      { variables: { p: other?.portfolioId, w: other?.watchlistId }, key: 'business' },
    );
    assert.deepEqual(body, { data: { portfolio: null, watchlist: null, unknown: null } });
  });

  test('a subgraph answers its gateway alone', async () => {
    for (const url of Object.values(platform.subgraphs)) {
      for (const authorization of [undefined, 'Bearer nonsense', `Bearer ${platform.demo.keys.operator}`]) {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(authorization === undefined ? {} : { authorization }),
          },
          body: JSON.stringify({ query: '{ _service { sdl } }' }),
        });
        assert.equal(response.status, 401);
        const text = await response.text();
        assert.ok(!text.includes('sdl') && !text.includes('data'), text);
      }
      assert.equal((await fetch(new URL('/health', url))).status, 200);
    }
    for (const route of ['tokens', 'closes', 'market']) {
      assert.equal((await fetch(new URL(`/internal/${route}`, platform.subgraphs.price))).status, 401);
    }
  });

  test('arguments out of range and unknown ids are refused or absent, never a fault', async () => {
    for (const first of [0, -1, 1_000_000_000]) {
      const { body } = await platform.query(
        `{ markets(first: ${first}) { totalCount } searchTokens(query: "bit", first: ${first}) { id } news(first: ${first}) { nodes { id } } }`,
      );
      assert.equal(body.data, null);
      for (const { extensions, message } of body.errors) {
        assert.equal(extensions.code, 'BAD_USER_INPUT');
        assert.match(message, /first.*between 1 and \d+/);
      }
    }
    const { body } = await platform.query(
      '{ token(id: "no") { id } newsArticle(id: "no") { id } tokenByDeployment(caip19: "no") { id } }',
    );
    assert.deepEqual(body, { data: { token: null, newsArticle: null, tokenByDeployment: null } });
    const { body: cursor } = await platform.query(
      '{ markets(first: 1, after: "bm9uc2Vuc2U") { totalCount } }',
    );
    assert.equal(cursor.errors[0].extensions.code, 'BAD_USER_INPUT');
  });

  test('null for an argument that may be left out is told as such', async () => {
    const { body } = await platform.query('query($n: Int) { searchTokens(query: "bit", first: $n) { id } }', {
      variables: { n: null },
    });
    assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT');
    assert.match(body.errors[0].message, /first/);
  });

  test('secrets of the state folder are for its owner alone', () => {
    const mode = (name: string) => (statSync(join(platform.stateDir, name)).mode & 0o777).toString(8);
    assert.equal(mode('demo.json'), '600');
    assert.equal(mode('admin-token'), '600');
  });

  test('no key stands in what the platform prints', () => {
    for (const key of Object.values(platform.demo.keys)) assert.ok(!platform.output().includes(key));
  });

  test('metrics and health are told by the admin listener, the rest to its token alone', async () => {
    const metrics = await (await fetch(new URL('/metrics', platform.demo.admin))).text();
    assert.match(metrics, /tributary_requests_total\{outcome="ok"\} \d+/);
    assert.match(metrics, /tributary_subgraph_requests_total\{subgraph="price",outcome="ok"\} \d+/);
    assert.equal((await fetch(new URL('/health/ready', platform.demo.admin))).status, 200);
    assert.equal((await fetch(new URL('/api/status', platform.demo.admin))).status, 401);
  });
});
