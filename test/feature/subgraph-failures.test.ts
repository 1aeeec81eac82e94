import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CODES, type Code } from '../../src/errors/codes.ts';
import { createTestGateway, type TestAnswer } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraphOptions } from '../kit/subgraph.ts';

/**
 * What a client sees while one of two subgraphs misbehaves: the field of the other one, null in place of the field
 * that failed, and one error with a fixed sentence and a code at its path.
 */

const QUERY = '{ steady shaky }';
const KIBIBYTE = 1024;
const MEBIBYTE = 1_048_576;

type Respond = NonNullable<TestSubgraphOptions['respond']>;

/** A gateway over a subgraph that behaves and one that answers with `respond`. */
async function startWorld(respond: Respond, yaml = '') {
  const steady = await createTestSubgraph({
    name: 'steady',
    sdl: 'type Query { steady: String }',
    resolvers: { Query: { steady: () => 'here' } },
  });
  const shaky = await createTestSubgraph({ name: 'shaky', sdl: 'type Query { shaky: String }', respond });
  const gateway = await createTestGateway({ subgraphs: [steady, shaky], yaml });
  return {
    gateway,
    shaky,
    ask: () => gateway.query(QUERY),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await steady[Symbol.asyncDispose]();
      await shaky[Symbol.asyncDispose]();
    },
  };
}

/** The whole answer is compared, so nothing else of the failure can be in it. */
function assertFailed({ status, body }: TestAnswer, code: Code): void {
  assert.equal(status, 200);
  assert.deepEqual(body, {
    data: { steady: 'here', shaky: null },
    errors: [{ message: CODES[code].message, path: ['shaky'], extensions: { code } }],
  });
}

function assertServed({ status, body }: TestAnswer, shaky: string): void {
  assert.equal(status, 200);
  assert.deepEqual(body, { data: { steady: 'here', shaky } });
}

const json = (response: ServerResponse, body: string | Buffer, headers: Record<string, string> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);

const healthy = (response: ServerResponse) => json(response, '{"data":{"shaky":"well"}}');

/** An answer of exactly so many bytes. */
function answerOfBytes(bytes: number): string {
  const frame = '{"data":{"shaky":""}}';
  return frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`);
}

/** Names of what is answered, what it becomes, and how it is said on the wire. */
const ANSWERS: readonly [string, Code, (response: ServerResponse) => void][] = [
  [
    'HTML with status 200',
    'SUBGRAPH_INVALID_RESPONSE',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>'),
  ],
  [
    'JSON that says it is text',
    'SUBGRAPH_INVALID_RESPONSE',
    (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('{"data":{"shaky":"x"}}'),
  ],
  ['no content type', 'SUBGRAPH_INVALID_RESPONSE', (response) => response.end('{"data":{"shaky":"x"}}')],
  ['an empty body', 'SUBGRAPH_INVALID_RESPONSE', (response) => json(response, '')],
  ['truncated JSON', 'SUBGRAPH_INVALID_RESPONSE', (response) => json(response, '{"data":{"shaky":"x"')],
  ['a JSON list', 'SUBGRAPH_INVALID_RESPONSE', (response) => json(response, '[]')],
  ['JSON null', 'SUBGRAPH_INVALID_RESPONSE', (response) => json(response, 'null')],
  ['neither data nor errors', 'SUBGRAPH_INVALID_RESPONSE', (response) => json(response, '{}')],
  ['`data` as a list', 'SUBGRAPH_INVALID_RESPONSE', (response) => json(response, '{"data":[1]}')],
  ['`data` as a string', 'SUBGRAPH_INVALID_RESPONSE', (response) => json(response, '{"data":"x"}')],
  [
    '`errors` as a string',
    'SUBGRAPH_INVALID_RESPONSE',
    (response) => json(response, '{"data":{"shaky":"x"},"errors":"broken"}'),
  ],
  [
    '`errors` without a path',
    'SUBGRAPH_ERROR',
    (response) => json(response, '{"data":null,"errors":[{"message":"broken"}]}'),
  ],
  [
    'an encoding that nobody asked for',
    'SUBGRAPH_INVALID_RESPONSE',
    (response) => json(response, '{"data":{"shaky":"x"}}', { 'content-encoding': 'zstd' }),
  ],
  [
    'an encoding that is broken',
    'SUBGRAPH_INVALID_RESPONSE',
    (response) => json(response, '{"data":{"shaky":"x"}}', { 'content-encoding': 'gzip' }),
  ],
  [
    'a gzip answer that ends early',
    'SUBGRAPH_INVALID_RESPONSE',
    (response) =>
      json(response, gzipSync('{"data":{"shaky":"x"}}').subarray(0, 20), { 'content-encoding': 'gzip' }),
  ],
  ['status 401', 'SUBGRAPH_ERROR', (response) => response.writeHead(401).end()],
  ['status 403', 'SUBGRAPH_ERROR', (response) => response.writeHead(403).end()],
  ['status 429', 'SUBGRAPH_ERROR', (response) => response.writeHead(429, { 'retry-after': '1' }).end()],
  ['status 500', 'SUBGRAPH_ERROR', (response) => response.writeHead(500).end('Error: at /srv/app.js:1:1')],
  ['status 502', 'SUBGRAPH_UNAVAILABLE', (response) => response.writeHead(502).end()],
  ['status 503', 'SUBGRAPH_UNAVAILABLE', (response) => response.writeHead(503).end()],
  ['status 504', 'SUBGRAPH_UNAVAILABLE', (response) => response.writeHead(504).end()],
  ['a reset before the first byte', 'SUBGRAPH_UNAVAILABLE', (response) => response.socket?.resetAndDestroy()],
  [
    'a reset in the middle of the body',
    'SUBGRAPH_UNAVAILABLE',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"data":{"shaky":"', () => response.socket?.resetAndDestroy());
    },
  ],
];

for (const [name, code, respond] of ANSWERS) {
  test(`${name} becomes ${code} at the path, and the gateway serves on`, async () => {
    let isHealthy = false;
    await using world = await startWorld((_request, response) => {
      if (isHealthy) healthy(response);
      else respond(response);
    });
    assertFailed(await world.ask(), code);
    isHealthy = true;
    assertServed(await world.ask(), 'well');
  });
}

test('a subgraph that is not there becomes SUBGRAPH_UNAVAILABLE', async () => {
  // A port that was free a moment ago: nobody listens there.
  const holder = createTcpServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, 'close');

  await using steady = await createTestSubgraph({
    name: 'steady',
    sdl: 'type Query { steady: String }',
    resolvers: { Query: { steady: () => 'here' } },
  });
  await using shaky = await createTestSubgraph({ name: 'shaky', sdl: 'type Query { shaky: String }' });
  await using gateway = await createTestGateway({
    subgraphs: [steady, { name: shaky.name, sdl: shaky.sdl, url: `http://127.0.0.1:${port}/graphql` }],
  });
  assertFailed(await gateway.query(QUERY), 'SUBGRAPH_UNAVAILABLE');
  assert.equal(shaky.received.length, 0);
});

test('a subgraph that says nothing becomes SUBGRAPH_TIMEOUT at its deadline', async () => {
  await using world = await startWorld(() => {}, 'subgraphs: { all: { timeoutMs: 50 } }');
  assertFailed(await world.ask(), 'SUBGRAPH_TIMEOUT');
});

test('a subgraph that drips becomes SUBGRAPH_TIMEOUT: the deadline is one for the whole answer', async () => {
  await using world = await startWorld((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 5);
    response.once('close', () => clearInterval(drip));
  }, 'subgraphs: { all: { timeoutMs: 80 } }');
  assertFailed(await world.ask(), 'SUBGRAPH_TIMEOUT');
});

test('the deadline of one subgraph is its own', async () => {
  await using world = await startWorld(
    () => {},
    'subgraphs: { all: { timeoutMs: 60000 }, overrides: { shaky: { timeoutMs: 50 } } }',
  );
  assertFailed(await world.ask(), 'SUBGRAPH_TIMEOUT');
});

test('an answer of exactly the cap is served, one byte more is SUBGRAPH_RESPONSE_TOO_LARGE', async () => {
  let bytes = KIBIBYTE;
  await using world = await startWorld(
    (_request, response) => json(response, answerOfBytes(bytes)),
    `subgraphs: { all: { responseLimitBytes: ${KIBIBYTE} } }`,
  );
  assertServed(await world.ask(), 'x'.repeat(KIBIBYTE - 21));
  bytes += 1;
  assertFailed(await world.ask(), 'SUBGRAPH_RESPONSE_TOO_LARGE');
});

test('an answer of 50 MB is cut off, not read', async () => {
  const chunk = Buffer.alloc(64 * KIBIBYTE, 0x20);
  let sentBytes = 0;
  let isCutOff = Promise.resolve<unknown>(undefined);
  await using world = await startWorld((_request, response) => {
    isCutOff = once(response, 'close');
    response.writeHead(200, { 'content-type': 'application/json' });
    const pump = () => {
      while (sentBytes < 50 * MEBIBYTE && !response.destroyed) {
        sentBytes += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', pump);
          return;
        }
      }
      response.end();
    };
    pump();
  }, `subgraphs: { all: { responseLimitBytes: ${MEBIBYTE} } }`);
  assertFailed(await world.ask(), 'SUBGRAPH_RESPONSE_TOO_LARGE');
  await isCutOff;
  // What the kernel's socket buffers took on top of the cap was never the gateway's to refuse.
  assert.ok(sentBytes < 25 * MEBIBYTE, `${sentBytes} bytes were sent`);
});

test('a gzip answer is inflated', async () => {
  await using world = await startWorld((_request, response) =>
    json(response, gzipSync('{"data":{"shaky":"inflated"}}'), { 'content-encoding': 'gzip' }),
  );
  assertServed(await world.ask(), 'inflated');
});

test('a gzip bomb stops at the cap, which counts inflated bytes', async () => {
  const bomb = gzipSync(answerOfBytes(32 * MEBIBYTE));
  assert.ok(bomb.length < MEBIBYTE / 8);
  await using world = await startWorld(
    (_request, response) => json(response, bomb, { 'content-encoding': 'gzip' }),
    `subgraphs: { all: { responseLimitBytes: ${MEBIBYTE} } }`,
  );
  assertFailed(await world.ask(), 'SUBGRAPH_RESPONSE_TOO_LARGE');
});

test('100,000 errors become as many as an answer lists, and how many were left out', async () => {
  const errors = JSON.stringify(
    Array.from({ length: 100_000 }, () => ({ message: 'broken', path: ['shaky'] })),
  );
  await using world = await startWorld((_request, response) =>
    json(response, `{"data":{"shaky":null},"errors":${errors}}`),
  );
  const { status, body } = await world.ask();
  assert.equal(status, 200);
  assert.deepEqual(body.data, { steady: 'here', shaky: null });
  assert.ok(body.errors.length <= 101, `${body.errors.length} errors`);
  assert.match(body.errors.at(-1).message, /left out/);
});

test('a redirect is not followed: nothing arrives where it points', async () => {
  let arrivals = 0;
  const target = createServer((_request, response) => {
    arrivals += 1;
    healthy(response);
  }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as AddressInfo;
  try {
    for (const status of [301, 302, 303, 307, 308]) {
      await using world = await startWorld((_request, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${port}/graphql` }).end(),
      );
      assertFailed(await world.ask(), 'SUBGRAPH_INVALID_RESPONSE');
    }
    assert.equal(arrivals, 0);
  } finally {
    target.close();
  }
});

test('what a subgraph says of itself never reaches the client', async () => {
  const secrets = ['db-7.internal', '/srv/app/resolver.js', 'SELECT', 'x-powered-by', '10.1.2.3'];
  const error = {
    message: 'SELECT failed on db-7.internal',
    path: ['shaky'],
    extensions: {
      code: 'DB_DOWN',
      stacktrace: ['at /srv/app/resolver.js:10:2'],
      response: { url: 'http://10.1.2.3/graphql', body: 'SELECT' },
    },
  };
  await using world = await startWorld((_request, response) =>
    json(
      response,
      JSON.stringify({ data: { shaky: null }, errors: [error], extensions: { host: '10.1.2.3' } }),
      {
        'x-powered-by': 'db-7.internal',
      },
    ),
  );
  const answer = await world.ask();
  assertFailed(answer, 'SUBGRAPH_ERROR');
  const seen = answer.text + JSON.stringify(answer.headers);
  for (const secret of [...secrets, world.shaky.url]) assert.ok(!seen.includes(secret), `${secret} leaked`);
});

test('a call is aborted when its client leaves', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<ServerResponse>();
  await using world = await startWorld(
    (_request, response) => arrive(response),
    'subgraphs: { all: { timeoutMs: 60000 } }',
  );
  const client = httpRequest(world.gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  client.on('error', () => {});
  client.end(JSON.stringify({ query: QUERY }));
  const response = await arrived;
  const closed = once(response, 'close');
  client.destroy();
  await closed;
  assert.equal(response.writableFinished, false);
});
