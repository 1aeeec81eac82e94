import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { printCheckReport } from '../../../src/cli/print-check-report.ts';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { createUsageStore } from '../../../src/control/usage/usage-store.ts';
import { startEngines } from '../../kit/engines.ts';
import { ADMIN, createTestRegistry, publication, publisherOf } from '../../kit/registry.ts';
import { createTestSource } from '../../kit/usage.ts';

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
    [
      // A new subgraph that says that it belongs to the team whose field it takes.
      publication(
        'social',
        `${LINK}type Token @key(fields: "id") { id: ID! price: Int @override(from: "price") }`,
        { owner: 'price' },
      ),
      publisherOf('social'),
      /cannot publish for price/,
    ],
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

test('a check tells of a takeover before the publish is refused', async () => {
  await using world = await createTestRegistry({ engine: await open(), files: FILES });
  const sdl = `${LINK}type Token @key(fields: "id") { id: ID! news: Int price: Int @override(from: "price") }`;
  const report = await world.registry.check({ subgraph: 'news', sdl }, publisherOf('news'));
  assert.equal(report.ok, false);
  assert.deepEqual(report.faults, []);
  assert.match(report.takeovers.join(), /"Token\.price" is a field of price/);
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
    clients: [{ name: 'web', versions: [], requests: 3 }],
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

test('registered documents that a change would break are named with the releases of the client that have them', async (context) => {
  const settings = defaultGatewaySettings();
  await using world = await createTestRegistry({
    engine: await open(),
    files: FILES,
    settings: { registry: { ...settings.registry, checkedOperations: 2 } },
  });
  const document = (name: string, fields: string) => ({
    id: name.toLowerCase(),
    name,
    text: `query ${name} { token { ${fields} } }`,
  });
  const prices = document('Prices', 'id price');
  for (const [version, documents] of [
    ['4.1.0', [prices, document('Old', 'price')]],
    ['4.2.0', [prices]],
  ] as const) {
    await world.documents.publish({ client: 'web', version, documents }, false);
  }
  await world.documents.publish({ client: 'ios', version: '1', documents: [document('Ids', 'id')] }, false);
  await world.documents.retire('web', { ids: ['old'] });
  const store = createUsageStore({
    database: world.database,
    limits: () => ({ operationsPerDay: 10, clientsPerDay: 10 }),
  });
  const seen = { atMs: Date.now(), name: 'Seen', document: 'query Seen { token { id } }', client: 'tv' };
  await store.record(createTestSource()([{ ...seen, operations: 5 }]));

  const sdl = PRICE.replace('price: Int', 'amount: Int');
  const report = await world.registry.check({ subgraph: 'price', sdl }, ADMIN);
  assert.equal(report.ok, false);
  assert.deepEqual(
    report.operations.map(({ name, clients, isRegistered }) => [name, clients, isRegistered]),
    [['Prices', [{ name: 'web', requests: 0, versions: ['4.1.0', '4.2.0'] }], true]],
  );
  // Two are looked at: the registered ones. What was only seen is left out, and that is told.
  assert.deepEqual([report.analysed, report.leftOut], [2, 1]);
  let printed = '';
  const write = context.mock.method(process.stdout, 'write', (text: string) => {
    printed += text;
    return true;
  });
  printCheckReport(report, 'price.graphql');
  write.mock.restore();
  const plain = stripVTControlCharacters(printed);
  assert.match(
    plain,
    /breaks {2}Prices \(web 4\.2\.0, 4\.1\.0 0×, registered\)\n +Cannot query field "price"/,
  );
  assert.match(plain, /2 operations .*looked at, 1 left out/);
});
