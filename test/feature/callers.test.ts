import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

const NETWORK = '10.1.0.0/16';

describe('callers', () => {
  const good = createTestKey({
    tier: 'PRO',
    scopes: ['portfolio:read', 'profile:read'],
    accountId: 'acc_1',
    userId: 'usr_1',
  });
  const expired = createTestKey({ expiresAtMs: Date.now() - 1 });
  const soon = createTestKey({ expiresAtMs: Date.now() + 3_600_000 });
  const elsewhere = createTestKey({ allowedRanges: [NETWORK, '2001:db8::/32'] });
  const here = createTestKey({ allowedRanges: [NETWORK, '127.0.0.0/8'] });
  const unknown = createTestKey();
  const signing = createTestKey({ kind: 'signing' });
  let subgraph: TestSubgraph;
  let gateway: TestGateway;

  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'greeting',
      sdl: 'type Query { hello: String  mine: String @requiresScopes(scopes: [["portfolio:read"]]) }',
      resolvers: { Query: { hello: () => 'world', mine: () => 'yours' } },
    });
    const keys = [good, expired, soon, elsewhere, here, signing].map(({ record }) => record);
    gateway = await createTestGateway({ subgraphs: [subgraph], keys });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  const ask = (headers: Record<string, string> = {}) => gateway.query('{ hello }', { headers });
  const lastToken = () => {
    const authorization = subgraph.received.at(-1)?.headers.authorization ?? '';
    return authorization.replace('Bearer ', '');
  };
  /** Asserts a refusal, and that nothing reached the subgraph. */
  const assertRefused = async (headers: Record<string, string>, status: number, code: string) => {
    const calls = subgraph.received.length;
    const answer = await ask(headers);
    assert.equal(answer.status, status);
    assert.equal(answer.body.errors[0].extensions.code, code);
    assert.equal(answer.body.data, undefined);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(subgraph.received.length, calls, 'no call reached the subgraph');
  };

  test('nobody in particular is anonymous, and the subgraph is told so', async () => {
    const answer = await ask();
    assert.deepEqual(answer.body, { data: { hello: 'world' } });
    const claims = decodeJwt(lastToken());
    assert.equal(claims.tier, 'ANONYMOUS');
    assert.equal(claims.scope, '');
    assert.equal(claims.sub, undefined);
  });

  test('a key becomes a caller in a signed token for that subgraph alone, with the scopes it needs', async () => {
    const answer = await gateway.query('{ mine }', { headers: { 'x-api-key': good.text } });
    assert.deepEqual(answer.body.data, { mine: 'yours' });
    const { tier, scope, sub, account, iss, aud, iat = 0, exp = 0 } = decodeJwt(lastToken());
    assert.deepEqual(
      { tier, scope, sub, account, iss, aud },
      {
        tier: 'PRO',
        scope: 'portfolio:read',
        sub: 'usr_1',
        account: 'acc_1',
        iss: 'gateway',
        aud: 'greeting',
      },
    );
    assert.equal(exp - iat, 30);
    assert.equal(decodeProtectedHeader(lastToken()).alg, 'EdDSA');
  });

  test('what is public is asked for with the tier alone', async () => {
    assert.equal((await ask({ 'x-api-key': good.text })).status, 200);
    const { tier, scope, sub, account } = decodeJwt(lastToken());
    assert.deepEqual(
      { tier, scope, sub, account },
      { tier: 'PRO', scope: '', sub: undefined, account: undefined },
    );
  });

  test('the key itself never reaches a subgraph', async () => {
    await ask({ 'x-api-key': good.text });
    assert.ok(!JSON.stringify(subgraph.received).includes(good.text));
  });

  test('a key that is unknown, mistyped or expired is refused, with one and the same answer', async () => {
    const flipped = good.text.endsWith('0') ? `${good.text.slice(0, -1)}1` : `${good.text.slice(0, -1)}0`;
    for (const key of [unknown.text, flipped, expired.text, 'nonsense', '', good.text.toUpperCase()]) {
      await assertRefused({ 'x-api-key': key }, 401, 'UNAUTHENTICATED');
    }
    const messages = await Promise.all(
      [unknown.text, flipped, expired.text].map(
        async (key) => (await ask({ 'x-api-key': key })).body.errors[0].message,
      ),
    );
    assert.equal(new Set(messages).size, 1);
  });

  test('a key is taken until it expires', async () => {
    assert.equal((await ask({ 'x-api-key': soon.text })).status, 200);
  });

  test('the id of one key with the secret of another is refused', async () => {
    const [prefix, live, id] = good.text.split('_');
    const [, , , secret, crc] = here.text.split('_');
    await assertRefused({ 'x-api-key': [prefix, live, id, secret, crc].join('_') }, 401, 'UNAUTHENTICATED');
  });

  test('a key that is bound to a network is taken from there and refused from elsewhere', async () => {
    assert.equal((await ask({ 'x-api-key': here.text })).status, 200);
    await assertRefused({ 'x-api-key': elsewhere.text }, 403, 'FORBIDDEN');
  });

  test('two credentials at once are refused, whatever they are', async () => {
    const signed = { 'signature-input': 'trb=()', signature: 'trb=:x:' };
    for (const pair of [
      { 'x-api-key': good.text, authorization: 'Bearer a.b.c' },
      { 'x-api-key': good.text, ...signed },
      { authorization: 'Bearer a.b.c', ...signed },
    ]) {
      await assertRefused(pair, 401, 'UNAUTHENTICATED');
    }
  });

  test('a key in the address is refused, also beside a good header, and nothing is asked', async () => {
    const calls = subgraph.received.length;
    for (const search of [
      `api_key=${good.text}`,
      'apikey=abc',
      'access_token=abc',
      'X-API-KEY=abc',
      `anything=${good.text}`,
      `variables=${encodeURIComponent(JSON.stringify({ a: good.text }))}`,
    ]) {
      for (const method of ['GET', 'POST']) {
        const answer = await gateway.fetch(`/graphql?query=%7Bhello%7D&${search}`, {
          method,
          headers: { 'content-type': 'application/json', 'x-api-key': good.text },
          ...(method === 'POST' ? { body: JSON.stringify({ query: '{ hello }' }) } : {}),
        });
        assert.deepEqual(
          [answer.status, answer.body.errors[0].extensions.code],
          [400, 'BAD_REQUEST'],
          search,
        );
        assert.match(answer.body.errors[0].message, /must not be in the address/);
        assert.ok(!answer.text.includes(good.text));
      }
    }
    assert.equal(subgraph.received.length, calls);
  });

  test('the text of a signing key is no API key', async () => {
    await assertRefused({ 'x-api-key': signing.text }, 401, 'UNAUTHENTICATED');
    await assertRefused({ 'x-api-key': signing.text.replace('_sign_', '_live_') }, 401, 'UNAUTHENTICATED');
  });

  test('credentials of another kind are refused, not passed over', async () => {
    await assertRefused({ authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }, 401, 'UNAUTHENTICATED');
    await assertRefused({ authorization: 'Basic YTpi', 'x-api-key': good.text }, 401, 'UNAUTHENTICATED');
  });

  test('an open gateway asks for no key and looks at none', async () => {
    await using open = await createTestGateway({ subgraphs: [subgraph], open: true });
    const answer = await open.query('{ hello }', { headers: { 'x-api-key': 'nonsense' } });
    assert.deepEqual(answer.body, { data: { hello: 'world' } });
  });
});
