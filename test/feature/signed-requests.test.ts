import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLogger } from '../../src/observability/logger.ts';
import { createRedisClient } from '../../src/storage/redis.ts';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { startRedis } from '../kit/redis.ts';
import { type SignOptions, signedHeaders } from '../kit/signed-headers.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

const BODY = JSON.stringify({ query: '{ hello }' });
const run = promisify(execFile);
const sample = (name: string) =>
  fileURLToPath(new URL(`../../examples/signed-requests/${name}`, import.meta.url));
const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('signed requests', () => {
  const desk = createTestKey({ kind: 'signing', tier: 'BUSINESS', userId: 'usr_desk' });
  const other = createTestKey({ kind: 'signing' });
  const elsewhere = createTestKey({ kind: 'signing', allowedRanges: ['10.1.0.0/16'] });
  const expired = createTestKey({ kind: 'signing', expiresAtMs: Date.now() - 1 });
  const live = createTestKey();
  const unknown = createTestKey({ kind: 'signing' });
  const keys = [desk, other, elsewhere, expired, live].map(({ record }) => record);
  let subgraph: TestSubgraph;
  let gateway: TestGateway;
  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'greeting',
      sdl: 'type Query { hello: String }',
      resolvers: { Query: { hello: () => 'world' } },
    });
    gateway = await createTestGateway({
      subgraphs: [subgraph],
      keys,
      yaml: 'auth: { signatures: { nonces: 100 } }\n',
    });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  const send = (headers: Record<string, string>, body = BODY, to = gateway) =>
    to.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const signed = (options: SignOptions = {}, key = desk.text) =>
    signedHeaders(key, { body: BODY, ...options });
  const codeOf = async (headers: Record<string, string>, body = BODY) => {
    const calls = subgraph.received.length;
    const answer = await send(headers, body);
    if (answer.status === 200) return 'ok';
    assert.equal(subgraph.received.length, calls, 'nothing reached the subgraph');
    return `${answer.status} ${answer.body.errors[0].extensions.code}`;
  };

  test('a signed request is its key, and each one counts once', async () => {
    const headers = signed();
    assert.deepEqual((await send(headers)).body, { data: { hello: 'world' } });
    assert.equal(await codeOf(headers), '401 REPLAYED_REQUEST');
    assert.equal(await codeOf(signed()), 'ok');
    // The nonce of one key is none of another's.
    const nonce = 'the-same-for-both-keys';
    assert.deepEqual(
      [await codeOf(signed({ nonce })), await codeOf(signed({ nonce }, other.text))],
      ['ok', 'ok'],
    );
  });

  test('a signed GET covers its query string', async () => {
    const target = '/graphql?query=%7Bhello%7D';
    const get = (path: string, headers: Record<string, string>) =>
      gateway.fetch(path, { headers: { 'apollo-require-preflight': '1', ...headers } });
    const headers = () => signedHeaders(desk.text, { method: 'GET', target });
    assert.equal((await get(target, headers())).status, 200);
    assert.equal((await get(`${target}%20`, headers())).body.errors[0].extensions.code, 'SIGNATURE_INVALID');
  });

  test('whatever was changed, the signature is wrong', async () => {
    const good = signed();
    const input = good['signature-input'] ?? '';
    const { signature: _signature, ...unsigned } = good;
    const { 'content-digest': _digest, ...undigested } = good;
    const cases: Record<string, [Record<string, string>, string?]> = {
      'another body': [signed(), BODY.replace('hello', 'h: hello')],
      'another body and its digest': [
        { ...signed(), 'content-digest': 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:' },
        '',
      ],
      'another method': [signed({ method: 'GET' })],
      'another path': [signed({ target: '/other' })],
      'another nonce': [
        { ...good, 'signature-input': input.replace(/nonce="[^"]*"/, 'nonce="another-nonce-than-signed"') },
      ],
      'another time': [
        { ...good, 'signature-input': input.replace(/created=\d+/, `created=${nowSeconds() - 5}`) },
      ],
      'another key': [{ ...good, 'signature-input': input.replace(desk.record.id, other.record.id) }],
      'fewer components': [{ ...good, 'signature-input': input.replace(' "content-digest"', '') }],
      'another algorithm': [{ ...good, 'signature-input': input.replace('hmac-sha256', 'none') }],
      'no signature': [unsigned],
      'no digest': [undigested],
      'an empty signature': [{ ...good, signature: 'trb=::' }],
      'an unknown key': [signed({}, unknown.text)],
      'an expired key': [signed({}, expired.text)],
      'a key that is no signing key': [signed({}, live.text)],
    };
    for (const [name, [headers, body]] of Object.entries(cases)) {
      assert.equal(await codeOf(headers, body), '401 SIGNATURE_INVALID', name);
    }
  });

  test('the time may be 30 seconds off, and no more, either way', async () => {
    for (const [offset, expected] of [
      [-28, 'ok'],
      [28, 'ok'],
      [-32, '401 CLOCK_SKEW'],
      [32, '401 CLOCK_SKEW'],
    ] as const) {
      assert.equal(await codeOf(signed({ created: nowSeconds() + offset })), expected, String(offset));
    }
  });

  test('a nonce is used up by a right signature alone', async () => {
    const nonce = 'used-by-an-impostor';
    const forged = { ...signed({ nonce }), signature: `trb=:${Buffer.alloc(32).toString('base64')}:` };
    assert.equal(await codeOf(forged), '401 SIGNATURE_INVALID');
    assert.equal(await codeOf(signed({ nonce }, elsewhere.text)), '403 FORBIDDEN');
    assert.equal(await codeOf(signed({ nonce })), 'ok');
  });

  test('a worker that is full of nonces refuses rather than forgets', async () => {
    await using small = await createTestGateway({
      subgraphs: [subgraph],
      keys,
      yaml: 'auth: { signatures: { nonces: 100 } }\n',
    });
    const first = signed();
    const statuses = [(await send(first, BODY, small)).status];
    for (let count = 1; count < 102; count += 1) statuses.push((await send(signed(), BODY, small)).status);
    assert.deepEqual(
      [statuses.slice(0, 100).every((status) => status === 200), statuses.slice(100)],
      [true, [503, 503]],
    );
    assert.equal((await send(first, BODY, small)).body.errors[0].extensions.code, 'REPLAYED_REQUEST');
  });

  test('with Redis a nonce counts once on all workers; while it is away, signed requests are refused', async () => {
    await using redis = await startRedis();
    const connect = async (): Promise<ReturnType<typeof createRedisClient>> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const client = createRedisClient(redis.url, {
        name: 'test',
        commandTimeoutMs: 5_000,
        onReady: resolve,
      });
      await promise;
      return client;
    };
    const clients = [await connect(), await connect()] as const;
    const start = (client: (typeof clients)[number]) =>
      createTestGateway({ subgraphs: [subgraph], keys, redis: client, log: createLogger('test', 'silent') });
    {
      await using one = await start(clients[0]);
      await using two = await start(clients[1]);
      const headers = signed();
      const answers = await Promise.all([one, two, one, two].map((worker) => send(headers, BODY, worker)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401]);
      await redis.kill();
      const away = await send(signed(), BODY, one);
      assert.deepEqual([away.status, away.body.errors[0].extensions.code], [503, 'OVERLOADED']);
      // Whoever does not sign needs no Redis.
      assert.equal((await send({ 'x-api-key': live.text }, BODY, one)).status, 200);
    }
    for (const client of clients) client.disconnect();
  });

  for (const [program, file] of [
    [process.execPath, 'signed-request.ts'],
    ['python3', 'signed_request.py'],
  ] as const) {
    test(`the sample ${file} is let in, and tells the code when it is not`, async () => {
      const call = (key: string) =>
        run(program, [sample(file), gateway.url, '{ hello }'], { env: { ...process.env, SIGNING_KEY: key } });
      assert.deepEqual(JSON.parse((await call(desk.text)).stdout), { data: { hello: 'world' } });
      await assert.rejects(call(unknown.text), (error: { code: number; stdout: string }) => {
        assert.equal(error.code, 1);
        assert.equal(JSON.parse(error.stdout).errors[0].extensions.code, 'SIGNATURE_INVALID');
        return true;
      });
    });
  }
});
