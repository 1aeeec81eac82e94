import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request } from 'undici';
import { type AdminServer, createAdminServer } from '../../../src/admin/admin-server.ts';
import { createRegistryRoutes } from '../../../src/admin/routes/registry.ts';
import { createPublisherTokens } from '../../../src/control/registry/publisher-tokens.ts';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { createTestRegistry, type TestRegistry } from '../../kit/registry.ts';

/** The registry at the door that publishers come to: HTTP, with tokens. */

const ADMIN_TOKEN = 'admin-token-of-a-test-long-enough';
const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override"])\n';
const PRICE = `${LINK}type Query { token: Token } type Token @key(fields: "id") { id: ID! price: Int }`;
const SOCIAL = `${LINK}type Token @key(fields: "id") { id: ID! volume: Int }`;
const PUBLICATION = { sdl: SOCIAL, routingUrl: 'http://93.184.216.34/graphql', probe: false };

let world: TestRegistry;
let server: AdminServer;
let origin: string;
before(async () => {
  world = await createTestRegistry({
    engine: { dialect: createNodeSqliteDialect(':memory:') },
    files: { price: PRICE },
  });
  const tokens = createPublisherTokens(world.database, ['a pepper of a test']);
  const { registry, audit, webhooks } = world;
  server = createAdminServer({
    log: createLogger('test', 'silent'),
    token: ADMIN_TOKEN,
    bodyLimitBytes: 4_194_304,
    identifyPublisher: (text) => tokens.identify(text),
    routes: createRegistryRoutes({ registry: async () => registry, tokens, audit, webhooks }),
    source: {
      metricsText: async () => '',
      notReadyReasons: () => [],
      warnings: () => [],
      status: async () => ({}),
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  origin = `http://127.0.0.1:${port}/api`;
});
after(async () => {
  await server.close();
  await world[Symbol.asyncDispose]();
});

async function send(token: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
  const { statusCode, body: answer } = await request(origin + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of every form are read
  const json = (await answer.json()) as any;
  return { status: statusCode, json, code: json.errors?.[0].extensions.code };
}

async function createToken(
  subgraph: string,
  actions?: readonly string[],
): Promise<{ id: string; token: string }> {
  const { json } = await send(ADMIN_TOKEN, 'POST', '/tokens', {
    name: 'ci',
    subgraph,
    owner: subgraph,
    ...(actions === undefined ? {} : { actions }),
  });
  return json;
}

test('a token does for its subgraph what it says, and nothing else', async () => {
  const { token } = await createToken('social');
  const before = await world.head();
  const refused: readonly (readonly ['GET' | 'POST' | 'DELETE', string, object?])[] = [
    ['POST', '/subgraphs/price/check', { sdl: PRICE }],
    ['POST', '/subgraphs/price/publish', { ...PUBLICATION, sdl: PRICE }],
    ['POST', '/subgraphs/social/publish', { ...PUBLICATION, owner: 'price' }],
    ['POST', '/subgraphs/social/publish', { ...PUBLICATION, takeOver: true }],
    ['POST', '/rollback', {}],
    ['GET', '/tokens'],
    ['POST', '/tokens', { name: 'x', subgraph: 'price', owner: 'price' }],
    ['DELETE', '/tokens/abc'],
    ['GET', '/audit'],
    ['GET', '/webhooks'],
    ['POST', '/webhooks', { url: 'http://93.184.216.34/' }],
    ['GET', '/status'],
  ];
  for (const [method, path, body] of refused) {
    const { status, code } = await send(token, method, path, body);
    assert.deepEqual([status, code], [403, 'FORBIDDEN'], `${method} ${path} ${JSON.stringify(body)}`);
  }
  assert.equal((await world.head()).id, before.id);
  assert.deepEqual(await world.webhooks.list(), []);
  assert.equal((await send(token, 'POST', '/subgraphs/social/check', { sdl: SOCIAL })).json.ok, true);
  const { json } = await send(token, 'POST', '/subgraphs/social/publish', {
    ...PUBLICATION,
    clientToken: 'b1',
  });
  assert.equal(json.version, before.id + 1);
  const repeated = await send(token, 'POST', '/subgraphs/social/publish', {
    ...PUBLICATION,
    clientToken: 'b1',
  });
  assert.deepEqual([repeated.json.version, repeated.json.isRepeated], [json.version, true]);
  assert.equal((await send(token, 'GET', '/versions')).json.head, json.version);
});

test('a token may only do its actions; a wrong, unknown or revoked one does nothing', async () => {
  const { id, token } = await createToken('social', ['check']);
  const before = await world.head();
  const publish = (by: string) => send(by, 'POST', '/subgraphs/social/publish', PUBLICATION);
  assert.equal((await publish(token)).code, 'FORBIDDEN');
  const wrong = token.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  for (const text of [
    wrong,
    `trb_pub_${'0'.repeat(16)}_${'0'.repeat(48)}`,
    'trb_pub_',
    '',
    `${ADMIN_TOKEN}x`,
  ]) {
    assert.equal((await publish(text)).code, 'UNAUTHENTICATED', text);
  }
  assert.equal((await send(ADMIN_TOKEN, 'DELETE', `/tokens/${id}`)).status, 200);
  assert.equal(
    (await send(token, 'POST', '/subgraphs/social/check', { sdl: SOCIAL })).code,
    'UNAUTHENTICATED',
  );
  assert.equal((await world.head()).id, before.id);
});

test('who publishes for an old version is told the current one, and goes on from there', async () => {
  const { token } = await createToken('social');
  const { id } = await world.head();
  const changed = { ...PUBLICATION, sdl: SOCIAL.replace('volume: Int', 'volume: Int chats: Int') };
  const late = await send(token, 'POST', '/subgraphs/social/publish', { ...changed, parent: id + 7 });
  assert.deepEqual([late.status, late.code], [409, 'SCHEMA_CONFLICT']);
  const { current } = late.json.errors[0].extensions;
  const again = await send(token, 'POST', '/subgraphs/social/publish', { ...changed, parent: current });
  assert.deepEqual([again.status, again.json.version], [200, id + 1]);
});

test('an SDL of 10 MB and names of another form are refused at the door', async () => {
  const { id } = await world.head();
  const large = await send(ADMIN_TOKEN, 'POST', '/subgraphs/social/publish', {
    ...PUBLICATION,
    sdl: `# ${'x'.repeat(10 * 1_048_576)}`,
  });
  assert.deepEqual([large.status, large.code], [413, 'PAYLOAD_TOO_LARGE']);
  for (const name of ['..', '__proto__', 'a b', '%0a', '\u001b[2J', 'x'.repeat(65), '<script>']) {
    const path = `/subgraphs/${encodeURIComponent(name)}/publish`;
    const { status, code } = await send(ADMIN_TOKEN, 'POST', path, PUBLICATION);
    assert.ok(['BAD_USER_INPUT', 'NOT_FOUND'].includes(code) && status < 500, `${name}: ${status} ${code}`);
  }
  assert.equal((await world.head()).id, id);
});
