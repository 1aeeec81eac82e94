import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { createGateway } from '../../src/gateway.ts';
import { createPublicServer } from '../../src/http/public-server.ts';
import { LOG_REDACTION } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { lookAtLog, watchAnswersOf } from '../kit/canaries.ts';
import { createTestKey, createTestSecrets, createTestSnapshot } from '../kit/gateway.ts';
import { signedHeaders } from '../kit/signed-headers.ts';
import { createTestSubgraph } from '../kit/subgraph.ts';
import { AUDIENCE, startTestIssuer } from '../kit/token-issuer.ts';

const CANARIES = [
  'header',
  'cookie',
  'variable',
  'claim',
  'message',
  'stack',
  'extension',
  'url',
  'path',
  'client',
].map((place) => [place, `canary-in-${place}-5f3a9c`] as const);
const canary = Object.fromEntries(CANARIES) as Record<string, string>;

/** Everything that leaves the gateway: answers with their headers, log at its most talkative, metrics. */
async function startWatchedGateway(options: Parameters<typeof createTestSnapshot>[0]) {
  const output = { log: '', answers: '' };
  const sink = new Writable({
    write(chunk, _encoding, done) {
      output.log += String(chunk);
      lookAtLog(String(chunk));
      done();
    },
  });
  const log = pino({ level: 'trace', redact: LOG_REDACTION }, sink);
  const snapshot = createTestSnapshot(options);
  const metrics = createMetrics();
  const secrets = await createTestSecrets();
  const gateway = await createGateway({ snapshot, secrets, log, metrics });
  const server = createPublicServer({ gateway, settings: snapshot.settings, log, metrics });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  watchAnswersOf(`http://127.0.0.1:${port}`);
  return {
    output,
    secrets,
    metrics,
    async send(headers: Record<string, string>, body: string, path = '/graphql') {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      const text = await answer.text();
      output.answers += `${answer.status} ${JSON.stringify([...answer.headers])} ${text}\n`;
      return answer.status;
    },
    async [Symbol.asyncDispose]() {
      await server.drain();
      await gateway.close();
    },
  };
}

test('no secret of a request, a token or a subgraph is in a log, a metric or an answer', async () => {
  await using issuer = await startTestIssuer();
  await using subgraph = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello(name: String): String  fails(name: String): String }',
    resolvers: {
      Query: {
        hello: () => 'world',
        fails() {
          throw Object.assign(new Error(canary.message), {
            stack: `Error: x\n at ${canary.stack}`,
            extensions: { code: 'BOOM', detail: canary.extension, sql: `select '${canary.extension}'` },
          });
        },
      },
    },
  });
  const key = createTestKey();
  const old = createTestKey({
    secrets: [
      createTestKey().record.secrets[0] ?? assert.fail(),
      { ...key.record.secrets[0], verifier: '0'.repeat(64) },
    ],
  });
  const desk = createTestKey({ kind: 'signing' });
  await using gateway = await startWatchedGateway({
    subgraphs: [{ ...subgraph, url: `${subgraph.url}?${canary.url}` }],
    keys: [key.record, old.record, desk.record],
    yaml: `auth: { issuers: [{ issuer: "${issuer.name}", jwksUrl: "${issuer.jwksUrl}", audience: "${AUDIENCE}" , algorithms: [ES256] }] }\n`,
  });
  const bodyOf = (field: string) =>
    JSON.stringify({
      query: `query Q($n: String) { ${field}(name: $n) }`,
      variables: { n: canary.variable },
    });
  const goodToken = await issuer.sign({ secret: canary.claim });
  const badToken = await issuer.sign({ aud: 'other', secret: canary.claim });
  const signed = signedHeaders(desk.text, { body: bodyOf('hello') });
  const noise = {
    'x-secret': canary.header ?? '',
    cookie: `session=${canary.cookie}`,
    'user-agent': `${canary.client}`,
  };
  const statuses: number[] = [];
  for (const field of ['hello', 'fails', 'nothing']) {
    for (const credentials of [
      { 'x-api-key': key.text },
      { 'x-api-key': old.text },
      { 'x-api-key': `${key.text.slice(0, -1)}_` },
      { authorization: `Bearer ${goodToken}` },
      { authorization: `Bearer ${badToken}` },
      { authorization: `Bearer ${goodToken}`, 'x-api-key': key.text },
      { authorization: `Basic ${Buffer.from(canary.header ?? '').toString('base64')}` },
      signedHeaders(desk.text, { body: bodyOf(field) }),
      signed,
      { ...signed, signature: 'trb=::' },
    ]) {
      statuses.push(await gateway.send({ ...noise, ...credentials }, bodyOf(field)));
    }
  }
  statuses.push(await gateway.send(noise, bodyOf('hello'), `/graphql?api_key=${key.text}`));
  statuses.push(await gateway.send(noise, bodyOf('hello'), `/graphql?x=${canary.url}`));
  statuses.push(await gateway.send(noise, bodyOf('hello'), `/${canary.path}?token=${goodToken}`));
  statuses.push(await gateway.send(noise, `{"variables":{"n":"${canary.variable}"`, '/graphql'));
  await subgraph[Symbol.asyncDispose]();
  statuses.push(await gateway.send({ 'x-api-key': key.text }, bodyOf('hello')));
  assert.deepEqual([...new Set(statuses)].sort(), [200, 400, 401, 404]);

  const { log, answers } = gateway.output;
  const metrics = await gateway.metrics.registry.metrics();
  const secretOf = (text: string) => text.split('_')[3] ?? assert.fail();
  const tokens = subgraph.received.map(({ headers }) => headers.authorization?.slice(7) ?? '');
  assert.ok(
    tokens.length > 0 && log.includes(key.record.id),
    'something was logged, and something reached the subgraph',
  );
  const forbidden: (readonly [string, string])[] = [
    ...CANARIES,
    ['API key', secretOf(key.text)],
    ['old API key', secretOf(old.text)],
    ['signing key', secretOf(desk.text)],
    ['good token', goodToken.split('.')[2] ?? ''],
    ['bad token', badToken.split('.')[2] ?? ''],
    ['hash of the secret', key.record.secrets[0]?.verifier ?? ''],
    ['sealed secret', desk.record.secrets[0]?.verifier ?? ''],
    ['signature', signed.signature ?? ''],
    ['pepper', gateway.secrets.keyPeppers[0] ?? ''],
    ['private key', gateway.secrets.signingKey.d ?? ''],
    ...tokens.map((token) => ['token for the subgraph', token] as const),
  ];
  for (const [name, secret] of forbidden) {
    assert.notEqual(secret, '');
    for (const [place, text] of Object.entries({ log, metrics, answers })) {
      assert.ok(!text.includes(secret), `${name} is in: ${place}\n${lineWith(text, secret)}`);
    }
  }
});

function lineWith(text: string, secret: string): string {
  return text.split('\n').find((line) => line.includes(secret)) ?? '';
}
