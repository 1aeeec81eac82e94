import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema } from 'graphql';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { ADMIN, createTestRegistry, publication } from '../../kit/registry.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@requires", "@external"])\n';
const PRICE = `${LINK}type Query { token: Token } type Token @key(fields: "id") { id: ID! price: Int }`;
const NEWS = `${LINK}type Token @key(fields: "id") { id: ID! news: Int }`;
const SOCIAL = `${LINK}type Token @key(fields: "id") { id: ID! volume: Int }`;
const FILES = { price: PRICE, news: NEWS };

const open = async () => ({ dialect: createNodeSqliteDialect(':memory:') });

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

test('descriptions that aim at browsers and terminals are data: served as they are, and told of nobody', async () => {
  await using world = await createTestRegistry({ engine: await open(), files: FILES });
  const evil = '</script><script>alert(1)</script> \u001B[2J\u001B[1A\u009B2J \u202E';
  const sdl = `${LINK}${JSON.stringify(evil)} type Mood { a: Int } type Token @key(fields: "id") { id: ID! mood: Mood }`;
  const { version, report } = await world.registry.publish(publication('social', sdl), ADMIN);
  assert.equal(version, 2);
  const { apiSdl } = await world.head();
  assert.equal(buildSchema(apiSdl).getType('Mood')?.description, evil);
  // What people are shown of a publish holds none of it, and what tools print goes through `printable`.
  assert.doesNotMatch(JSON.stringify([report, await world.registry.versions(5)]), /script|\\u001b|\\u009b/i);
});
