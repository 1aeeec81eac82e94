import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createCapturedLog } from '../kit/captured-log.ts';
import { createGate } from '../kit/gate.ts';
import { createGatedSubgraph } from '../kit/gated-subgraph.ts';
import { createTestGateway, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('the HTTP door', () => {
  let subgraph: TestSubgraph;
  let gateway: TestGateway;

  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'greeting',
      sdl: 'type Query { hello(name: String): String } type Mutation { greet: String }',
      resolvers: {
        Query: { hello: (_: unknown, { name }: { name?: string }) => name ?? 'world' },
        Mutation: { greet: () => 'hi' },
      },
    });
    gateway = await createTestGateway({
      subgraphs: [subgraph],
      yaml: 'server:\n  headerLimitBytes: 4096\n  cors:\n    origins: ["https://app.example.com"]\n    maxAgeSeconds: 77\n',
    });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  const post = (body: string, headers: Record<string, string> = {}) =>
    gateway.fetch('/graphql', { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });

  const badBodies: readonly (readonly [string, string, string])[] = [
    ['malformed JSON', '{"query": ', 'not valid JSON'],
    ['no body', '', 'not valid JSON'],
    ['a string', '"query"', 'must be a JSON object, found a value of type string'],
    ['a batch', '[{"query":"{ hello }"}]', 'Batches are not accepted'],
    ['no query', '{}', '"query" must be a string, found nothing'],
    ['a query of another type', '{"query": 42}', '"query" must be a string, found a value of type number'],
    ['an empty query', '{"query": " "}', 'must not be empty'],
    [
      'variables as a list',
      '{"query": "{ hello }", "variables": []}',
      '"variables" must be an object, found a list',
    ],
    ['variables as text', '{"query": "{ hello }", "variables": "{}"}', '"variables" must be an object'],
    [
      'an operation name of another type',
      '{"query": "{ hello }", "operationName": 1}',
      '"operationName" must be a string',
    ],
    [
      'an operation that is not there',
      '{"query": "query A { hello }", "operationName": "B"}',
      'The document has: A.',
    ],
    [
      'several operations and no name',
      '{"query": "query A { hello } query B { hello }"}',
      'several operations',
    ],
    ['fragments alone', '{"query": "fragment F on Query { hello }"}', ''],
  ];
  for (const [name, body, message] of badBodies) {
    test(`${name}: a clear refusal, and nothing is called`, async () => {
      const calls = subgraph.received.length;
      const answer = await post(body, { accept: 'application/graphql-response+json' });
      assert.equal(answer.status, 400);
      assert.match(answer.headers['content-type'] as string, /^application\/graphql-response\+json/);
      assert.ok(answer.body.errors[0].message.includes(message), answer.body.errors[0].message);
      assert.equal(subgraph.received.length, calls);
    });
  }

  test('syntax, validation and variables are refused with their place', async () => {
    const syntax = (await post('{"query": "{ hello"}')).body.errors[0];
    assert.equal(syntax.extensions.code, 'GRAPHQL_PARSE_FAILED');
    assert.deepEqual(syntax.locations, [{ line: 1, column: 8 }]);
    const validation = (await post('{"query": "{ helo }"}')).body.errors[0];
    assert.equal(validation.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    assert.match(validation.message, /Did you mean "hello"/);
    const variables = await post(
      '{"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": 3}}',
    );
    assert.equal(variables.status, 200);
    assert.equal(variables.body.errors[0].extensions.code, 'BAD_USER_INPUT');
  });

  test('variables with the names of object members are data', async () => {
    const body =
      '{"query": "query($__proto__: String, $constructor: String) { a: hello(name: $__proto__) b: hello(name: $constructor) }", "variables": {"__proto__": "p", "constructor": "c"}}';
    assert.deepEqual((await post(body)).body.data, { a: 'p', b: 'c' });
  });

  test('every answer has CORS headers, an id and a code, whatever went wrong', async () => {
    const origin = { origin: 'https://app.example.com' };
    const answers = [
      await post('{"query": "{ hello }"}', origin),
      await post('nonsense', origin),
      await gateway.fetch('/nowhere', { headers: origin }),
      await gateway.fetch('/graphql', { method: 'PUT', headers: { ...JSON_TYPE, ...origin }, body: '{}' }),
      await gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'text/plain', ...origin },
        body: '{}',
      }),
      await post('{"query": "{ hello }"}', { ...origin, accept: 'image/png' }),
      await post('{"query": "{ hello }"}', { ...origin, 'x-api-key': 'nonsense' }),
      await gateway.fetch('/graphql?query=mutation{greet}', {
        headers: { 'apollo-require-preflight': 'true', ...origin },
      }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 400, 404, 405, 415, 406, 401, 405],
    );
    for (const { headers, body } of answers) {
      assert.equal(headers['access-control-allow-origin'], 'https://app.example.com');
      assert.match(headers['x-request-id'] as string, /^[\w-]{8,}$/);
      assert.match(headers['content-type'] as string, /json/);
      if (body.errors !== undefined) assert.match(body.errors[0].extensions.code, /^[A-Z_]+$/);
    }
    assert.equal(answers[3]?.headers.allow, 'GET, POST');
  });

  test('a path that cannot be decoded is refused like anything else', async () => {
    for (const path of ['/%zz', '/graphql/%zz']) {
      const { status, headers, body } = await gateway.fetch(path, {
        headers: { origin: 'https://app.example.com' },
      });
      assert.equal(status, 400);
      assert.equal(body.errors[0].extensions.code, 'BAD_REQUEST');
      assert.equal(headers['access-control-allow-origin'], 'https://app.example.com');
      assert.match(headers['x-request-id'] as string, /^[\w-]{8,}$/);
    }
    const foreign = await gateway.fetch('/%zz', { headers: { origin: 'https://evil.example' } });
    assert.equal(foreign.headers['access-control-allow-origin'], undefined);
  });

  test('another origin is not let in', async () => {
    const answer = await post('{"query": "{ hello }"}', { origin: 'https://evil.example' });
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  });

  test('a preflight allows what apps send', async () => {
    const answer = await gateway.fetch('/graphql', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-api-key,apollographql-client-name',
      },
    });
    assert.equal(answer.status, 204);
    assert.match(answer.headers['access-control-allow-headers'] as string, /x-api-key/);
    assert.match(answer.headers['access-control-allow-methods'] as string, /POST/);
    assert.equal(answer.headers['access-control-max-age'], '77');
  });

  test('an OPTIONS that is no preflight is answered without a body', async () => {
    const answer = await gateway.fetch('/graphql', { method: 'OPTIONS' });
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
  });

  test('HEAD runs no operation', async () => {
    const calls = subgraph.received.length;
    const answer = await gateway.fetch('/graphql?query={hello}', {
      method: 'HEAD',
      headers: { 'apollo-require-preflight': 'true' },
    });
    assert.equal(answer.status, 405);
    assert.equal(subgraph.received.length, calls);
    assert.equal((await gateway.fetch('/health/live', { method: 'HEAD' })).status, 200);
  });

  test('a credential that is sent twice is refused', async () => {
    for (const name of ['x-api-key', 'authorization']) {
      const head = `GET /graphql?query={hello} HTTP/1.1\r\nhost: x\r\nconnection: close\r\napollo-require-preflight: true\r\n`;
      const answer = await sendRaw(gateway, `${head}${name}: one\r\n${name}: two\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.ok(answer.includes(`The header ${name} may be sent once only.`), answer);
    }
  });

  test('a request that a foreign page could have sent is refused before it runs', async () => {
    const calls = subgraph.received.length;
    const get = await gateway.fetch('/graphql?query={hello}', { headers: { accept: 'application/json' } });
    assert.equal(get.status, 400);
    assert.match(get.body.errors[0].message, /apollo-require-preflight/);
    const form = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'query={hello}',
    });
    assert.notEqual(form.status, 200);
    assert.equal(subgraph.received.length, calls);
  });

  test('a header that a page cannot send without asking first lets a GET in', async () => {
    for (const name of ['x-apollo-operation-name', 'apollographql-client-name', 'graphql-client-name']) {
      const get = (value: string) => gateway.fetch('/graphql?query={hello}', { headers: { [name]: value } });
      assert.equal((await get('')).status, 400, name);
      assert.equal((await get('app')).status, 200, name);
    }
    const badKey = await gateway.fetch('/graphql?query={hello}', { headers: { 'x-api-key': 'none' } });
    assert.equal(badKey.status, 401);
  });

  test('GET answers queries, with variables', async () => {
    const search = new URLSearchParams({
      query: 'query($n: String) { hello(name: $n) }',
      variables: '{"n":"Ada"}',
    });
    const answer = await gateway.fetch(`/graphql?${search}`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    assert.deepEqual(answer.body, { data: { hello: 'Ada' } });
    const broken = await gateway.fetch('/graphql?query={hello}&variables={', {
      headers: { 'apollo-require-preflight': 'true' },
    });
    assert.equal(broken.body.errors[0].message, 'The parameter "variables" is not valid JSON.');
  });

  test('a browser gets Sandbox', async () => {
    const answer = await gateway.fetch('/graphql', {
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
    });
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'] as string, /text\/html/);
    assert.match(answer.text, /sandbox/i);
  });

  test('a good request id is kept, a bad one replaced', async () => {
    const id = async (given: string) =>
      (await post('{"query": "{ hello }"}', { 'x-request-id': given })).headers['x-request-id'];
    assert.equal(await id('abc-12345678'), 'abc-12345678');
    assert.notEqual(await id('a"b c{}'), 'a"b c{}');
    assert.equal(subgraph.received.at(-2)?.headers['x-request-id'], 'abc-12345678');
  });

  test('what is no HTTP, or has headers above the cap, is refused as JSON too', async () => {
    const refused = await sendRaw(gateway, 'NONSENSE\r\n\r\n');
    assert.match(refused, /^HTTP\/1\.1 400 .*"code":"BAD_REQUEST"/s);
    // Its origin is unknown, and not every origin is let in.
    assert.doesNotMatch(refused, /access-control-allow-origin/);
    const request = (bytes: number) =>
      `GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: ${'a'.repeat(bytes)}\r\n\r\n`;
    assert.match(await sendRaw(gateway, request(3500)), /^HTTP\/1\.1 200/);
    assert.match(await sendRaw(gateway, request(5000)), /^HTTP\/1\.1 431 .*PAYLOAD_TOO_LARGE/s);
  });

  test('an Expect that nobody knows is refused as JSON too; 100-continue is served', async () => {
    const request = (expect: string) =>
      `POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\nexpect: ${expect}\r\ncontent-length: 21\r\n\r\n{"query":"{ hello }"}`;
    const refused = await sendRaw(gateway, request('200-maybe'));
    assert.match(refused, /^HTTP\/1\.1 417 .*x-request-id: .*"code":"BAD_REQUEST"/s);
    assert.match(
      await sendRaw(gateway, request('100-continue'), { isLeftOpen: true }),
      /^HTTP\/1\.1 100 .*HTTP\/1\.1 200 .*world/s,
    );
  });

  test('health is told without credentials', async () => {
    assert.deepEqual((await gateway.fetch('/health/live')).body, { status: 'live' });
    assert.deepEqual((await gateway.fetch('/health/ready')).body, { status: 'ready' });
  });
});

test('a request that comes in slowly is ended at server.requestTimeoutMs, one that waits for its answer is not', async () => {
  await using subgraph = await createGatedSubgraph();
  await using gateway = await createTestGateway({
    subgraphs: [subgraph],
    yaml: 'server: { requestTimeoutMs: 200 }',
  });
  const waiting = gateway.query('{ slow }');
  const answer = await sendRaw(gateway, 'POST /graphql HTTP/1.1\r\nhost: x\r\n', { isLeftOpen: true });
  assert.match(answer, /^HTTP\/1\.1 408 .*"The request took too long\."/s);
  subgraph.gate.open();
  assert.deepEqual((await waiting).body.data, { slow: 'done' });
});

/** Sends bytes and reads until the connection ends. */
async function sendRaw({ origin }: TestGateway, text: string, { isLeftOpen = false } = {}): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  if (isLeftOpen) socket.write(text);
  else socket.end(text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

/** How often each outcome of one metric was counted. */
async function countsOf(metric: {
  get(): Promise<{ values: { labels: object; value: number }[] }>;
}): Promise<Record<string, number>> {
  const { values } = await metric.get();
  return Object.fromEntries(
    values.map(({ labels, value }) => [(labels as { outcome: string }).outcome, value]),
  );
}

const GREETING = {
  name: 'greeting',
  sdl: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'world' } },
};
const POST_HEAD = 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

test('what is no HTTP is logged and counted', async () => {
  await using subgraph = await createTestSubgraph(GREETING);
  const captured = createCapturedLog();
  await using gateway = await createTestGateway({
    subgraphs: [subgraph],
    yaml: 'server:\n  headerLimitBytes: 4096\n',
    log: captured.log,
  });
  assert.match(await sendRaw(gateway, 'NONSENSE\r\n\r\n'), /access-control-allow-origin: \*/);
  await sendRaw(gateway, `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(5000)}\r\n\r\n`);
  assert.equal((await captured.lineWith('BAD_REQUEST')).level, 30);
  assert.equal((await captured.lineWith('PAYLOAD_TOO_LARGE')).level, 30);
  assert.deepEqual(await countsOf(gateway.metrics.requests), { BAD_REQUEST: 1, PAYLOAD_TOO_LARGE: 1 });
});

describe('a client that leaves is counted as such, and is no error of ours', () => {
  const partBody = `${POST_HEAD}content-length: 100\r\n\r\n{"query"`;
  for (const [how, leave] of [
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    test(`when it ${how} the connection in the middle of the body`, async () => {
      await using subgraph = await createTestSubgraph(GREETING);
      const captured = createCapturedLog();
      await using gateway = await createTestGateway({ subgraphs: [subgraph], log: captured.log });
      const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
      // The server has seen the head when it asks for the body.
      socket.write(partBody.replace('\r\n\r\n', '\r\nexpect: 100-continue\r\n\r\n'));
      await once(socket, 'data');
      leave(socket);
      socket.resume();
      await once(socket, 'close');
      assert.equal((await captured.lineWith('CLIENT_LEFT')).level, 30);
      await gateway.server.drain();
      assert.deepEqual(await countsOf(gateway.metrics.requests), { CLIENT_LEFT: 1 });
      assert.deepEqual(
        captured.lines.filter(({ level }) => level > 30),
        [],
      );
    });
  }

  test('while its operation runs, and its call is not held against the subgraph', async () => {
    const gate = createGate();
    gate.close();
    await using subgraph = await createTestSubgraph({ ...GREETING, hold: () => gate.pass() });
    const captured = createCapturedLog();
    await using gateway = await createTestGateway({ subgraphs: [subgraph], log: captured.log });
    const body = '{"query":"{ hello }"}';
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    socket.write(`${POST_HEAD}content-length: ${body.length}\r\n\r\n${body}`);
    await gate.arrived(1);
    socket.destroy();
    assert.equal((await captured.lineWith('CLIENT_LEFT')).level, 30);
    gate.open();
    await gateway.server.drain();
    assert.deepEqual(await countsOf(gateway.metrics.requests), { CLIENT_LEFT: 1 });
    assert.deepEqual(await countsOf(gateway.metrics.subgraphRequests), { caller_left: 1 });
    assert.deepEqual(
      captured.lines.filter(({ level }) => level > 30),
      [],
    );
  });
});

test('a POST whose body reads like the query string of a GET under way does not get its answer', {
  timeout: 20_000,
}, async () => {
  const gate = createGate();
  gate.close();
  await using subgraph = await createTestSubgraph({ ...GREETING, hold: () => gate.pass() });
  await using gateway = await createTestGateway({ subgraphs: [subgraph] });
  const search = `?${new URLSearchParams({ query: '{ hello }' })}`;
  const get = gateway.fetch(`/graphql${search}`, { headers: { 'apollo-require-preflight': 'true' } });
  await gate.arrived(1);
  const posted = await gateway.fetch('/graphql', { method: 'POST', headers: JSON_TYPE, body: search });
  assert.equal(posted.status, 400);
  assert.equal(posted.body.errors[0].message, 'The body is not valid JSON.');
  gate.open();
  assert.deepEqual((await get).body, { data: { hello: 'world' } });
});
