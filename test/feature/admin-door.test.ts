import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { type AdminRoute, defineRoute } from '../../src/admin/admin-route.ts';
import { type AdminServer, createAdminServer } from '../../src/admin/admin-server.ts';
import { defaultGatewaySettings } from '../../src/config/gateway-settings.ts';
import { createLogger } from '../../src/observability/logger.ts';

const TOKEN = 'admin-token-of-the-test';
const BODY_LIMIT_BYTES = 2_000;

const routes: readonly AdminRoute[] = [
  defineRoute('POST /length', {
    body: z.strictObject({ text: z.string() }),
    handle: async ({ body }) => ({ length: body.text.length }),
  }),
  defineRoute('GET /named/:name', { handle: async ({ parameters }) => parameters }),
  defineRoute('GET /fault', {
    handle: () => Promise.reject(new Error('the pepper is 42')),
  }),
];

let server: AdminServer;
let origin: string;

before(async () => {
  server = createAdminServer({
    source: {
      metricsText: async () => 'a_metric 1\n',
      notReadyReasons: () => ['1 of 2 workers do not serve'],
      warnings: () => ['the tables are away'],
      status: async () => ({ version: 'any' }),
    },
    token: TOKEN,
    routes,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    log: createLogger('test', 'silent'),
  });
  const { port } = await server.listen('127.0.0.1', 0);
  origin = `http://127.0.0.1:${port}`;
});
after(() => server.close());

async function ask(method: string, path: string, body?: string, token = TOKEN) {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body }),
  });
  assert.match(response.headers.get('x-request-id') ?? '', /^[\w-]{36}$/);
  const answer = JSON.parse(await response.text());
  return { status: response.status, answer, error: answer.errors?.[0] };
}

/** A body of exactly so many bytes. */
const bodyOf = (bytes: number): string =>
  JSON.stringify({ text: '' }).replace('""', `"${'a'.repeat(bytes - 11)}"`);

test('a body is taken up to admin.bodyLimitBytes, and refused above it', async () => {
  assert.equal(defaultGatewaySettings().admin.bodyLimitBytes, 8 * 1_048_576);
  assert.deepEqual((await ask('POST', '/api/length', bodyOf(BODY_LIMIT_BYTES))).answer, {
    length: BODY_LIMIT_BYTES - 11,
  });
  const { status, error } = await ask('POST', '/api/length', bodyOf(BODY_LIMIT_BYTES + 1));
  assert.equal(status, 413);
  assert.deepEqual(error, {
    message: `The body is larger than ${BODY_LIMIT_BYTES} bytes (admin.bodyLimitBytes).`,
    extensions: { code: 'PAYLOAD_TOO_LARGE' },
  });
});

test('every refusal is JSON with a code: no token, another form, no such path, a fault that is not told', async () => {
  const expected: readonly (readonly [Parameters<typeof ask>, number, string, RegExp])[] = [
    [['GET', '/api/status', undefined, 'guess'], 401, 'UNAUTHENTICATED', /admin token/],
    [['POST', '/api/length', '{"text":'], 400, 'BAD_REQUEST', /JSON/],
    [['POST', '/api/length', '{"text":1,"more":2}'], 400, 'BAD_USER_INPUT', /text: .*string.*more/],
    [['GET', `/api/named/${'a'.repeat(2_000)}`], 400, 'BAD_REQUEST', /^The path .* too long\.$/],
    [['GET', '/api/named/%ff'], 400, 'BAD_REQUEST', /^The path is not percent-encoded/],
    [['GET', '/api/nothing'], 404, 'NOT_FOUND', /nothing here/],
    [['GET', '/api/fault'], 500, 'INTERNAL_SERVER_ERROR', /^Something went wrong on our side\.$/],
  ];
  for (const [request, status, code, message] of expected) {
    const { status: given, error } = await ask(...request);
    assert.deepEqual([given, error.extensions.code], [status, code]);
    assert.match(error.message, message);
  }
});

test('metrics and health need no token', async () => {
  assert.equal(await (await fetch(`${origin}/metrics`)).text(), 'a_metric 1\n');
  assert.equal((await fetch(`${origin}/health/live`)).status, 200);
  const ready = await fetch(`${origin}/health/ready`);
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), {
    status: 'not ready',
    reasons: ['1 of 2 workers do not serve'],
    warnings: ['the tables are away'],
  });
});
