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
import { createTestSubgraph } from '../kit/subgraph.ts';

test('a request is one line, and no secret of it is in any line', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      lookAtLog(String(chunk));
      done();
    },
  });
  const log = pino({ level: 'trace', redact: LOG_REDACTION }, sink);
  await using subgraph = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello(name: String): String }',
    resolvers: {
      Query: {
        hello() {
          throw new Error('fine');
        },
      },
    },
  });
  const key = createTestKey();
  const snapshot = createTestSnapshot({ subgraphs: [subgraph], keys: [key.record] });
  const metrics = createMetrics();
  const gateway = await createGateway({ snapshot, secrets: await createTestSecrets(), log, metrics });
  const server = createPublicServer({ gateway, settings: snapshot.settings, log, metrics });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  watchAnswersOf(`http://127.0.0.1:${port}`);
  const send = (headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}/graphql?canary=canary-in-url`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        query: 'query Named($n: String) { hello(name: $n) }',
        variables: { n: 'canary-in-variable' },
      }),
    });
  await send({ 'x-api-key': key.text });
  await send({ authorization: 'Bearer canary-in-header' });
  await server.drain();
  await gateway.close();

  const requests = lines.filter((line) => JSON.parse(line).msg === 'request');
  assert.equal(requests.length, 2);
  assert.equal(JSON.parse(requests[0] ?? '').operation, 'Named');
  assert.equal(JSON.parse(requests[0] ?? '').keyId, key.record.id);
  const everything = lines.join('');
  const token = subgraph.received[0]?.headers.authorization?.replace('Bearer ', '') ?? 'none';
  for (const secret of [
    'canary-in-url',
    'canary-in-variable',
    'canary-in-header',
    key.text.split('_')[3] ?? 'none',
    token,
  ]) {
    assert.ok(!everything.includes(secret), `${secret} is in the log`);
  }
});
