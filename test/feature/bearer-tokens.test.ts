import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { createTestGateway, createTestSnapshot, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';
import { AUDIENCE, forgeToken, startTestIssuer, type TestIssuer } from '../kit/token-issuer.ts';

const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('bearer tokens', () => {
  let subgraph: TestSubgraph;
  let issuer: TestIssuer;
  let gateway: TestGateway;
  const yaml = () => `auth:
  issuers:
    - issuer: ${issuer.name}
      jwksUrl: ${issuer.jwksUrl}
      audience: ${AUDIENCE}
      algorithms: [ES256]
      claims: { tier: https://x.test/plan, scopes: realm.roles }
      tiers: { gold: PRO }
      allowedScopes: [portfolio:read, profile:read]
`;
  const open = () => createTestGateway({ subgraphs: [subgraph], yaml: yaml() });
  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'greeting',
      sdl: `type Query {
        hello: String
        mine: String @requiresScopes(scopes: [["portfolio:read"]])
        all: String @requiresScopes(scopes: [["platform:write"]])
      }`,
      resolvers: { Query: { hello: () => 'world', mine: () => 'yours', all: () => 'everything' } },
    });
    issuer = await startTestIssuer();
    gateway = await open();
  });
  afterEach(() => issuer.answerWith());
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  const ask = (authorization: string, to = gateway) =>
    to.query('{ hello mine all }', { headers: { authorization } });
  const askWith = async (token: string, to = gateway) => ask(`Bearer ${token}`, to);
  const assertRefused = async (token: string, name: string) => {
    const calls = subgraph.received.length;
    const { status, body } = await askWith(token);
    assert.deepEqual(
      [status, body.errors[0].extensions.code, body.errors[0].message],
      [401, 'UNAUTHENTICATED', 'The bearer token is not valid.'],
      name,
    );
    assert.equal(subgraph.received.length, calls, name);
  };

  test('a token becomes a caller by the mapping of its issuer', async () => {
    const roles = ['portfolio:read', 'platform:write', 7];
    const token = await issuer.sign({ 'https://x.test/plan': 'gold', realm: { roles } });
    const { body } = await askWith(token);
    // What the issuer may not grant is not granted, whatever its token says.
    assert.deepEqual(body.data, { hello: 'world', mine: 'yours', all: null });
    assert.deepEqual(
      body.errors.map((error: { path: string[]; extensions: { code: string } }) => [
        error.path,
        error.extensions.code,
      ]),
      [[['all'], 'FORBIDDEN']],
    );
    const seen = decodeJwt(subgraph.received.at(-1)?.headers.authorization?.slice(7) ?? '');
    assert.deepEqual(
      [seen.tier, seen.scope, seen.sub, seen.account],
      ['PRO', 'portfolio:read', 'usr_1', `${issuer.name}#usr_1`],
    );
  });

  test('an unknown tier is the default one, and no scope is granted that is not allowed', async () => {
    await askWith(
      await issuer.sign({ sub: 'usr_2', 'https://x.test/plan': 'constructor', realm: 'portfolio:read' }),
    );
    const seen = decodeJwt(subgraph.received.at(-1)?.headers.authorization?.slice(7) ?? '');
    assert.deepEqual([seen.tier, seen.scope], ['FREE', '']);
  });

  test('whatever is wrong with a token, it is refused in one and the same way', async () => {
    await using impostor = await startTestIssuer();
    const claims = { iss: issuer.name, aud: AUDIENCE, sub: 'u', iat: nowSeconds(), exp: nowSeconds() + 60 };
    const good = await issuer.sign();
    const publicKey = await issuer.publicKeyText();
    const cases: Record<string, string> = {
      expired: await issuer.sign({ exp: nowSeconds() - 10 }),
      early: await issuer.sign({ nbf: nowSeconds() + 60 }),
      'without an end': await issuer.sign({ exp: undefined }),
      'for somebody else': await issuer.sign({ aud: 'https://other.test' }),
      'for nobody': await issuer.sign({ aud: undefined }),
      'of an unknown issuer': await issuer.sign({ iss: 'https://other.test' }),
      'of no issuer': await issuer.sign({ iss: undefined }),
      'of nobody': await issuer.sign({ sub: undefined }),
      'signed by another issuer': await impostor.sign({ iss: issuer.name }),
      'alg none': forgeToken({ alg: 'none' }, claims),
      'alg none, of that name': forgeToken({ alg: 'None', kid: 'key-0' }, claims),
      'the public key as a shared secret': forgeToken({ alg: 'HS256', kid: 'key-0' }, claims, publicKey),
      'an algorithm that is not listed': forgeToken({ alg: 'ES512', kid: 'key-0' }, claims, 'x'),
      'another payload': [
        good.split('.')[0],
        forgeToken({}, { ...claims, sub: 'admin' }).split('.')[1],
        good.split('.')[2],
      ].join('.'),
      'no JSON': 'bm8.bm8.bm8',
      'three dots': 'a.b.c.d',
      'an encrypted one': 'a.b.c.d.e',
      empty: '',
      'too long': `${good}${'A'.repeat(9_000)}`,
    };
    for (const [name, token] of Object.entries(cases)) await assertRefused(token, name);
    assert.equal(impostor.fetches(), 0);
  });

  test('keys that a token brings along or names are never looked at', async () => {
    await using impostor = await startTestIssuer();
    const jwk = JSON.parse(await impostor.publicKeyText());
    const headers = [{ jku: impostor.jwksUrl }, { x5u: impostor.jwksUrl }, { jwk }, { x5c: ['MIIB'] }];
    for (const header of headers) {
      await assertRefused(await impostor.sign({ iss: issuer.name }, header), Object.keys(header)[0] ?? '');
      const { status } = await askWith(await issuer.sign({ jti: JSON.stringify(header) }, header));
      assert.equal(status, 200, 'signed with the known key, the header changes nothing');
    }
    assert.equal(impostor.fetches(), 0);
  });

  test('a megabyte of token is refused before anything of it is read', async () => {
    const fetches = issuer.fetches();
    const { status } = await ask(`Bearer ${'a'.repeat(1_000_000)}.b.c`);
    assert.equal(status, 431);
    assert.equal(issuer.fetches(), fetches);
  });

  test('the keys are fetched once for many tokens, and at most once in 30 s for unknown ones', async () => {
    await using fresh = await open();
    const before = issuer.fetches();
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, index) => issuer.sign({ sub: `usr_${index}` })),
    );
    const answers = await Promise.all(tokens.map((token) => askWith(token, fresh)));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(issuer.fetches(), before + 1);
    for (let index = 0; index < 5; index += 1) {
      assert.equal((await askWith(await issuer.sign({}, { kid: `made-up-${index}` }), fresh)).status, 401);
    }
    assert.equal(issuer.fetches(), before + 1);
  });

  test('known keys outlast the issuer, also when a new snapshot comes meanwhile', async () => {
    await using fresh = await open();
    assert.equal((await askWith(await issuer.sign({ sub: 'a' }), fresh)).status, 200);
    issuer.answerWith((response) => response.writeHead(500).end('down'));
    assert.equal((await askWith(await issuer.sign({ sub: 'b' }), fresh)).status, 200);
    await fresh.gateway.reload(
      createTestSnapshot({ subgraphs: [subgraph], yaml: `${yaml()}limits: { aliases: 49 }\n` }),
    );
    assert.equal((await askWith(await issuer.sign({ sub: 'c' }), fresh)).status, 200);
  });

  test('an issuer that was never reached is no fault of the token, and nothing of its answer is taken', async () => {
    await using elsewhere = await startTestIssuer();
    const answers: Record<string, (response: import('node:http').ServerResponse) => void> = {
      'an error': (response) => response.writeHead(500).end('{"keys":[]}'),
      'a redirect': (response) => response.writeHead(302, { location: elsewhere.jwksUrl }).end(),
      'no JSON': (response) => response.end('<html>'),
      'no JWKS': (response) => response.end('{"keys":"none"}'),
      'too large': (response) => response.end(JSON.stringify({ keys: [], pad: 'x'.repeat(300_000) })),
      'cut off': (response) => response.destroy(),
    };
    for (const [name, answer] of Object.entries(answers)) {
      await using fresh = await open();
      issuer.answerWith(answer);
      const { status, body } = await askWith(await issuer.sign(), fresh);
      assert.deepEqual([status, body.errors[0].extensions.code], [503, 'OVERLOADED'], name);
    }
    assert.equal(elsewhere.fetches(), 0);
  });

  test('without issuers no token is taken', async () => {
    await using plain = await createTestGateway({ subgraphs: [subgraph] });
    const { status, body } = await askWith(await issuer.sign(), plain);
    assert.deepEqual([status, body.errors[0].extensions.code], [401, 'UNAUTHENTICATED']);
  });
});
