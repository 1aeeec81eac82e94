import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { ADMIN, createTestRegistry, publication } from '../../kit/registry.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@requires", "@external"])\n';
const PRICE = `${LINK}type Query { token: Token } type Token @key(fields: "id") { id: ID! price: Int }`;
const NEWS = `${LINK}type Token @key(fields: "id") { id: ID! news: Int }`;
const SOCIAL = `${LINK}type Token @key(fields: "id") { id: ID! volume: Int }`;
const FILES = { price: PRICE, news: NEWS };

const open = async () => ({ dialect: createNodeSqliteDialect(':memory:') });

test('a subgraph is called before it goes live, unless told otherwise; forbidden addresses are not called', async () => {
  await using honest = await createTestSubgraph({
    name: 'social',
    sdl: 'type Token @key(fields: "id") { id: ID! volume: Int }',
  });
  const { egress: _egress, ...settings } = defaultGatewaySettings();
  await using world = await createTestRegistry({
    engine: await open(),
    files: FILES,
    settings: { ...settings, egress: { allow: ['loopback'] } },
  });
  const live = publication('social', SOCIAL, { routingUrl: honest.url, probe: true });
  assert.equal((await world.registry.publish(live, ADMIN)).version, 2);
  assert.equal(honest.received.length, 2);
  const away = publication('chat', SOCIAL.replace('volume', 'chats'), {
    routingUrl: 'http://127.0.0.1:9/',
    probe: true,
  });
  await assert.rejects(world.registry.publish(away, ADMIN), { code: 'SUBGRAPH_PROBE_FAILED' });
  assert.equal((await world.registry.publish({ ...away, probe: false }, ADMIN)).version, 3);

  await using closed = await createTestRegistry({ engine: await open(), files: FILES });
  for (const routingUrl of [
    honest.url,
    'http://localhost/',
    'http://0x7f000001/',
    'http://169.254.169.254/',
  ]) {
    await assert.rejects(closed.registry.publish({ ...live, routingUrl }, ADMIN), {
      code: 'ROUTING_URL_FORBIDDEN',
      status: 403,
    });
  }
  assert.equal(honest.received.length, 2);
});

test('what the gateway answers itself comes from its files alone', async () => {
  const own = readFileSync('schema/gateway.graphql', 'utf8');
  await using world = await createTestRegistry({
    engine: await open(),
    files: { ...FILES, gateway: own },
  });
  const { routingUrl } = (await world.head()).subgraphs.find(({ name }) => name === 'gateway') ?? {};
  assert.equal(routingUrl, 'internal:gateway');
  for (const url of [undefined, 'internal:gateway', 'http://93.184.216.34/graphql']) {
    const changed = publication('gateway', own.replace('points: Int!', 'points: Float!'), {
      routingUrl: url,
    });
    await assert.rejects(world.registry.publish(changed, ADMIN), {
      code: 'ROUTING_URL_FORBIDDEN',
      message: /answered by the gateway itself/,
    });
  }
  // Nobody else can say that he is inside the gateway.
  const social = publication('social', SOCIAL, { routingUrl: 'internal:gateway' });
  await assert.rejects(world.registry.publish(social, ADMIN), { code: 'ROUTING_URL_FORBIDDEN' });
  assert.equal((await world.registry.publish(publication('social', SOCIAL), ADMIN)).version, 2);
});

test('receivers are told of publishes and refusals, signed', async () => {
  const bodies: { body: string; signature: string }[] = [];
  const heard: (() => void)[] = [];
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    bodies.push({ body, signature: String(request.headers['x-tributary-signature']) });
    response.end();
    for (const wake of heard) wake();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { egress: _egress, ...settings } = defaultGatewaySettings();
  await using world = await createTestRegistry({
    engine: await open(),
    files: FILES,
    settings: { ...settings, egress: { allow: ['loopback'] } },
  });
  const { secret } = await world.webhooks.add(
    `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
  );
  const told = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (bodies.length >= count) resolve();
      };
      heard.push(look);
      look();
    });
  await world.registry.publish(publication('social', SOCIAL), ADMIN);
  await told(1);
  await world.registry.publish(publication('social', 'type {'), ADMIN).catch(() => {});
  await told(2);
  const events = bodies.map(
    ({ body }) => JSON.parse(body) as { type: string; version: number; code: string },
  );
  assert.deepEqual(
    events.map(({ type, version, code }) => [type, version, code]),
    [
      ['published', 2, null],
      ['publish_refused', null, 'SCHEMA_CHECK_FAILED'],
    ],
  );
  for (const { body, signature } of bodies) {
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    assert.equal(mac, createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
  }
  receiver.closeAllConnections();
  receiver.close();
});

test('files lead where people work on them: a change is taken, a published subgraph stays', async () => {
  await using world = await createTestRegistry({ engine: await open(), files: FILES });
  await world.registry.publish(publication('social', SOCIAL), ADMIN);
  assert.equal(await world.takeFile('news', NEWS, 'follow'), undefined);
  const changed = NEWS.replace('news: Int', 'news: Int tone: Float');
  assert.equal(await world.takeFile('news', changed, 'follow'), 3);
  assert.match((await world.head()).supergraphSdl, /volume: Int/);
  assert.equal(await world.takeFile('news', NEWS, 'follow'), 4);
  await assert.rejects(world.takeFile('news', 'type {', 'follow'), { code: 'COMPOSITION_FAILED' });
  assert.equal((await world.head()).id, 4);
});

test("the registry leads in production: yesterday's files bring nothing back, new ones are taken once", async () => {
  await using world = await createTestRegistry({ engine: await open(), files: FILES });
  const published = NEWS.replace('news: Int', 'news: Int tone: Float');
  await world.registry.publish(publication('news', published), ADMIN);
  assert.equal(await world.takeFile('news', NEWS, 'seed'), undefined);
  const next = NEWS.replace('news: Int', 'news: Int tone: Float mood: Int');
  assert.equal(await world.takeFile('news', next, 'seed'), 3);
  assert.equal(await world.takeFile('news', NEWS, 'seed'), undefined);
  assert.match((await world.head()).supergraphSdl, /mood: Int/);
});

test('a webhook goes to no forbidden address and follows no redirect', async () => {
  const arrived: string[] = [];
  const receiver = createServer((request, response) => {
    arrived.push(request.url ?? '');
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  const { egress: _egress, ...settings } = defaultGatewaySettings();
  const event = {
    type: 'published',
    subgraph: 'social',
    version: 2,
    author: 'admin',
    reason: '',
    code: null,
    at: new Date(0).toISOString(),
  } as const;
  await using closed = await createTestRegistry({ engine: await open(), files: FILES });
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]']) {
    const url = `http://${host}:${port}/hook`;
    await assert.rejects(closed.webhooks.add(url), { code: 'ROUTING_URL_FORBIDDEN' });
    // As if the address had been a good one when it was added.
    await closed.database.insertInto('webhook').values({ id: host, url, created_at: 0 }).execute();
  }
  await assert.rejects(closed.webhooks.add('ftp://receiver.example/'), /no http or https URL/);
  await closed.webhooks.tell(event);
  assert.deepEqual(arrived, []);
  await using world = await createTestRegistry({
    engine: await open(),
    files: FILES,
    settings: { ...settings, egress: { allow: ['loopback'] } },
  });
  await world.webhooks.add(`http://127.0.0.1:${port}/hook`);
  await world.webhooks.tell(event);
  assert.deepEqual(arrived, ['/hook']);
  receiver.closeAllConnections();
  receiver.close();
});
