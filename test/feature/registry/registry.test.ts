import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { startEngines } from '../../kit/engines.ts';
import { ADMIN, createTestRegistry, publication, publisherOf } from '../../kit/registry.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@requires", "@external"])\n';
const PRICE = `${LINK}type Query { token: Token } type Token @key(fields: "id") { id: ID! price: Int }`;
const NEWS = `${LINK}type Token @key(fields: "id") { id: ID! news: Int }`;
const SOCIAL = `${LINK}type Token @key(fields: "id") { id: ID! volume: Int }`;
const FILES = { price: PRICE, news: NEWS };

const [sqlite, postgres] = await startEngines('control');

for (const engine of [sqlite, postgres]) {
  if (engine === undefined) continue;
  test(`${engine.name}: a publish makes a version with who, why and what changed, and rollback makes another`, async () => {
    await using world = await createTestRegistry({ engine: await engine.open(), files: FILES });
    const { registry } = world;
    const { version, report } = await registry.publish(
      publication('social', SOCIAL, { reason: 'how much is said' }),
      ADMIN,
    );
    assert.equal(version, 2);
    assert.equal(report?.ok, true);
    assert.match((await world.head()).supergraphSdl, /volume: Int/);
    const { head, versions } = await registry.versions(10);
    assert.equal(head, 2);
    const [newest, first] = versions;
    assert.equal(newest?.parentId, 1);
    assert.equal(newest?.author, 'admin');
    assert.equal(newest?.reason, 'how much is said');
    assert.deepEqual(
      newest?.changes.map(({ code, coordinate }) => [code, coordinate]),
      [['FIELD_ADDED', 'Token.volume']],
    );
    assert.equal(first?.kind, 'files');

    assert.deepEqual(await registry.rollBack(undefined, '', ADMIN), { version: 3 });
    assert.doesNotMatch((await world.head()).supergraphSdl, /volume: Int/);
    assert.deepEqual(await registry.rollBack(2, 'it was good', ADMIN), { version: 4 });
    assert.match((await world.head()).supergraphSdl, /volume: Int/);
    await assert.rejects(registry.rollBack(99, '', ADMIN), { code: 'NOT_FOUND' });
    const entries = await world.audit.list(10);
    assert.deepEqual(entries.map(({ action, outcome }) => [action, outcome]).reverse(), [
      ['publish', 'done'],
      ['rollback', 'done'],
      ['rollback', 'done'],
      ['rollback', 'NOT_FOUND'],
    ]);
  });

  test(`${engine.name}: of two publishers at once one wins, the other is told how to go on`, async () => {
    const open = await engine.openShared();
    await using left = await createTestRegistry({ engine: open(), files: FILES });
    await using right = await createTestRegistry({ engine: open(), files: FILES });
    const results = await Promise.allSettled([
      left.registry.publish(publication('social', SOCIAL), ADMIN),
      right.registry.publish(publication('chat', SOCIAL.replace('volume', 'chats')), ADMIN),
    ]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const lost = results.find((result) => result.status === 'rejected')?.reason;
    assert.equal(lost.code, 'SCHEMA_CONFLICT');
    assert.equal(lost.status, 409);
    assert.deepEqual(lost.extensions, { parent: 1, current: 2 });
    // The loser checks against the new version and goes on from there.
    const again = results[0]?.status === 'rejected' ? 'social' : 'chat';
    const sdl = again === 'social' ? SOCIAL : SOCIAL.replace('volume', 'chats');
    assert.equal((await left.registry.publish(publication(again, sdl, { parent: 2 }), ADMIN)).version, 3);
    const { supergraphSdl } = await right.head();
    assert.match(supergraphSdl, /volume: Int/);
    assert.match(supergraphSdl, /chats: Int/);
  });

  test(`${engine.name}: the same request under the same name makes one version`, async () => {
    await using world = await createTestRegistry({ engine: await engine.open(), files: FILES });
    const request = publication('social', SOCIAL, { clientToken: 'build 7' });
    const first = await world.registry.publish(request, ADMIN);
    const second = await world.registry.publish(request, ADMIN);
    assert.deepEqual([first.version, first.isRepeated], [2, false]);
    assert.deepEqual([second.version, second.isRepeated], [2, true]);
    const other = publication('social', SOCIAL.replace('volume', 'noise'), { clientToken: 'build 7' });
    await assert.rejects(world.registry.publish(other, ADMIN), { code: 'SCHEMA_CONFLICT' });
    assert.equal((await world.head()).id, 2);
  });
}

const open = () => {
  assert.ok(sqlite);
  return sqlite.open();
};

test('a publish that was made for another version is refused before it is checked', async () => {
  await using world = await createTestRegistry({ engine: await open(), files: FILES });
  await assert.rejects(world.registry.publish(publication('social', SOCIAL, { parent: 7 }), ADMIN), {
    code: 'SCHEMA_CONFLICT',
    extensions: { parent: 7, current: 1 },
  });
});

test('takeovers are refused with 403 and a reason, and nothing changes', async () => {
  await using world = await createTestRegistry({ engine: await open(), files: FILES });
  const takeovers = [
    [publication('price', PRICE), publisherOf('news'), /bound to the subgraph "news"/],
    [
      publication(
        'news',
        `${LINK}type Token @key(fields: "id") { id: ID! news: Int price: Int @override(from: "price") }`,
      ),
      publisherOf('news'),
      /"Token\.price" is a field of price/,
    ],
    [
      publication('news', `${LINK}type Token @key(fields: "id") @key(fields: "news") { id: ID! news: Int }`),
      publisherOf('news'),
      /"news" would make itself its owner/,
    ],
    [publication('price', PRICE, { owner: 'news' }), ADMIN, /belongs to price, not to news/],
    [publication('price', PRICE, { takeOver: true }), publisherOf('price'), /admin token/],
  ] as const;
  for (const [request, actor, reason] of takeovers) {
    await assert.rejects(world.registry.publish(request, actor), {
      code: 'FORBIDDEN',
      status: 403,
      message: reason,
    });
  }
  await assert.rejects(world.registry.rollBack(1, '', publisherOf('news')), { code: 'FORBIDDEN' });
  assert.equal((await world.head()).id, 1);
});

test('the operator may take over, and a team may change its own', async () => {
  await using world = await createTestRegistry({ engine: await open(), files: FILES });
  const own = publication('news', NEWS.replace('news: Int', 'news: Int tone: Float'));
  assert.equal((await world.registry.publish(own, publisherOf('news'))).version, 2);
  const taken = `${LINK}type Token @key(fields: "id") { id: ID! news: Int tone: Float price: Int @override(from: "price") }`;
  assert.equal(
    (await world.registry.publish(publication('news', taken, { takeOver: true }), ADMIN)).version,
    3,
  );
});

test('what would break clients is refused with its report, and nothing changes', async () => {
  const operation = {
    id: 'a'.repeat(64),
    name: 'Prices',
    document: 'query Prices { token { price } }',
    clients: [{ name: 'web', requests: 3 }],
    isRegistered: true,
  };
  await using world = await createTestRegistry({
    engine: await open(),
    files: FILES,
    operations: [operation],
  });
  const removal = publication('price', PRICE.replace('price: Int', 'amount: Int'), { routingUrl: undefined });
  await assert.rejects(world.registry.publish(removal, ADMIN), (error: unknown) => {
    const { code, extensions } = error as {
      code: string;
      extensions: { report: { operations: { name: string }[] } };
    };
    assert.equal(code, 'SCHEMA_CHECK_FAILED');
    assert.deepEqual(
      extensions.report.operations.map(({ name }) => name),
      ['Prices'],
    );
    return true;
  });
  assert.equal((await world.registry.check({ subgraph: 'price', sdl: PRICE }, ADMIN)).ok, true);
  assert.equal((await world.head()).id, 1);
});

const HOSTILE: readonly [string, string, string][] = [
  ['a syntax error', 'type Token {', 'INVALID_GRAPHQL'],
  ['nothing but a comment', '# nothing', 'INVALID_GRAPHQL'],
  [
    'a built-in that is defined anew',
    `${LINK}scalar String type Token @key(fields: "id") { id: ID! }`,
    'RESERVED_NAME',
  ],
  [
    'a type of introspection',
    `${LINK}type __Schema { types: Int } type Token @key(fields: "id") { id: ID! }`,
    'RESERVED_NAME',
  ],
  [
    'cyclic @requires',
    `${LINK}type Token @key(fields: "id") { id: ID! price: Int @external a: Int @requires(fields: "b") b: Int @requires(fields: "a") }`,
    '',
  ],
];

for (const [name, sdl, code] of HOSTILE) {
  test(`${name} is refused with a code, and nothing changes`, async () => {
    await using world = await createTestRegistry({ engine: await open(), files: FILES });
    await assert.rejects(world.registry.publish(publication('social', sdl), ADMIN), (error: unknown) => {
      const refusal = error as { code: string; extensions: { report?: { faults: { code: string }[] } } };
      assert.equal(refusal.code, 'SCHEMA_CHECK_FAILED');
      const [fault] = refusal.extensions.report?.faults ?? [];
      assert.match(fault?.code ?? '', /^[A-Z_]+$/);
      if (code !== '') assert.equal(fault?.code, code);
      return true;
    });
    assert.equal((await world.head()).id, 1);
  });
}

test('an SDL above the limit is refused at once, one of very many types ends within its limits', async () => {
  const { registry: limits, ...settings } = defaultGatewaySettings();
  const small = { ...settings, registry: { ...limits, compositionTimeoutMs: 3_000 } };
  await using world = await createTestRegistry({ engine: await open(), files: FILES, settings: small });
  const large = `${LINK}# ${'x'.repeat(10 * 1_048_576)}\ntype Token @key(fields: "id") { id: ID! }`;
  await assert.rejects(world.registry.publish(publication('social', large), ADMIN), {
    code: 'PAYLOAD_TOO_LARGE',
  });
  const types = Array.from({ length: 100_000 }, (_, index) => `type A${index}{a:Int}`).join(' ');
  await assert.rejects(world.registry.publish(publication('social', `${LINK}${types}`), ADMIN), {
    code: 'SCHEMA_CHECK_FAILED',
  });
  assert.equal((await world.head()).id, 1);
});

test('more publishes than a minute may hold are refused at once', async () => {
  const { registry: limits, ...settings } = defaultGatewaySettings();
  await using world = await createTestRegistry({
    engine: await open(),
    files: FILES,
    settings: { ...settings, registry: { ...limits, publishesPerMinute: 2 } },
  });
  const refusals: string[] = [];
  for (let count = 0; count < 1_000; count += 1) {
    await world.registry
      .publish(publication('social', 'type {'), ADMIN)
      .catch(({ code }: { code: string }) => refusals.push(code));
  }
  assert.equal(refusals.filter((code) => code === 'SCHEMA_CHECK_FAILED').length, 2);
  assert.equal(refusals.filter((code) => code === 'RATE_LIMITED').length, 998);
});

test('a version that the workers refuse is taken back', async () => {
  await using world = await createTestRegistry({
    engine: await open(),
    files: FILES,
    refresh: async () => {
      throw new Error('no worker can serve it');
    },
  });
  const before = (await world.head()).supergraphSdl;
  await assert.rejects(world.registry.publish(publication('social', SOCIAL), ADMIN), {
    code: 'SCHEMA_CHECK_FAILED',
    message: /no worker can serve it/,
  });
  const head = await world.head();
  assert.equal(head.supergraphSdl, before);
  assert.deepEqual([head.id, head.kind, head.author], [3, 'rollback', 'registry']);
});

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
