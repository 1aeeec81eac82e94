import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUsageQueries, type UsageDimension } from '../../../../src/control/usage/usage-queries.ts';
import { createUsageStore } from '../../../../src/control/usage/usage-store.ts';
import { operationId } from '../../../../src/lib/operation-id.ts';
import { dayOf, OTHERS } from '../../../../src/limits/usage/usage.ts';
import { type Database, openDatabase } from '../../../../src/storage/database.ts';
import { startEngines } from '../../../kit/engines.ts';
import { createTestSource } from '../../../kit/usage.ts';

const DAY_MS = 86_400_000;
const TODAY = Date.parse('2026-11-22T10:00:00Z');
const YESTERDAY = TODAY - DAY_MS;
const ALL = { fromDay: 0, toDay: 1_000_000 };
const COUNTS = { points: 0, operations: 0, refused: 0, throttled: 0 };

const open = (database: Database, limits = { operationsPerDay: 100, clientsPerDay: 100 }) => ({
  store: createUsageStore({ database, limits: () => limits, now: () => TODAY }),
  queries: createUsageQueries(database),
});

for (const engine of await startEngines('control')) {
  test(`${engine.name}: what several processes count adds up, and a batch that comes twice counts once`, async () => {
    const database = await openDatabase(await engine.open());
    const { store, queries } = open(database);
    const [here, there] = [createTestSource(), createTestSource()];
    const use = {
      atMs: TODAY,
      accountId: 'acc_1',
      keyId: 'k1',
      document: '{ a }',
      client: 'web',
      points: 5,
      operations: 2,
      refused: 1,
      throttled: 1,
    };
    const first = here([use]);
    const second = here([{ ...use, atMs: TODAY + 1_000, points: 1 }]);
    for (const batch of [first, first, there([use]), second, second, first]) await store.record(batch);
    const [row, ...more] = await queries.list(ALL, ['account', 'key', 'operation', 'client', 'day'], 10);
    assert.deepEqual(row, {
      account: 'acc_1',
      key: 'k1',
      operation: { id: operationId(null, '{ a }'), name: null },
      client: 'web',
      day: dayOf(TODAY),
      points: 11,
      operations: 6,
      refused: 3,
      throttled: 3,
      lastUsedAtMs: TODAY + 1_000,
    });
    assert.deepEqual(more, []);
    await database.destroy();
  });

  test(`${engine.name}: usage is told by any grouping, page by page without gap or repeat`, async () => {
    const database = await openDatabase(await engine.open());
    const { store, queries } = open(database);
    const batch = createTestSource();
    const uses = ['acc_1', 'acc_2', 'Ünal', "o'hara"].flatMap((accountId) =>
      [TODAY, YESTERDAY].flatMap((atMs) =>
        ['web', 'ios'].map((client) => ({
          atMs,
          accountId,
          client,
          keyId: `${accountId}-key`,
          name: 'Home',
          document: 'query Home { a }',
          points: 3,
          operations: 1,
        })),
      ),
    );
    await store.record(batch(uses));
    await store.record(batch([{ atMs: TODAY, accountId: 'acc_1', refused: 2 }]));

    const groups: UsageDimension[][] = [
      ['day', 'account', 'client'],
      ['client', 'day'],
      ['day', 'operation', 'key', 'client', 'account'],
      ['account'],
      ['operation', 'key'],
    ];
    for (const group of groups) {
      const whole = await queries.list(ALL, group, 100);
      const paged: typeof whole = [];
      for (;;) {
        const last = paged.at(-1);
        const after = last === undefined ? undefined : queries.placeOf(last, group);
        const page = await queries.list(ALL, group, 2, after);
        if (page.length === 0) break;
        assert.ok(page.length <= 2);
        (paged as unknown[]).push(...page);
      }
      assert.deepEqual(paged, whole, group.join());
      assert.equal(
        whole.reduce((sum, { points }) => sum + points, 0),
        48,
      );
    }
    const days = await queries.list({ ...ALL, account: 'acc_1' }, ['day'], 10);
    assert.deepEqual(
      days.map(({ day, points, operations, refused }) => [day, points, operations, refused]),
      [
        [dayOf(TODAY), 6, 2, 2],
        [dayOf(YESTERDAY), 6, 2, 0],
      ],
    );
    const of = async (filter: object) => {
      const [{ lastUsedAtMs: _last, ...sums } = { lastUsedAtMs: 0 }] = await queries.list(
        { ...ALL, ...filter },
        [],
        1,
      );
      return sums;
    };
    assert.deepEqual(await of({ operation: 'Home', client: 'ios' }), {
      ...COUNTS,
      points: 24,
      operations: 8,
    });
    assert.deepEqual(await of({ operation: operationId('Home', 'query Home { a }'), key: 'acc_2-key' }), {
      ...COUNTS,
      points: 12,
      operations: 4,
    });
    assert.deepEqual(await of({ toDay: dayOf(YESTERDAY) }), { ...COUNTS, points: 24, operations: 8 });
    assert.deepEqual(await of({ account: 'nobody' }), COUNTS);
    assert.deepEqual(
      (await queries.traffic(dayOf(TODAY), [operationId('Home', 'query Home { a }')]))
        .map(({ client, operations, points }) => [client, operations, points])
        .sort(),
      [
        ['ios', 4, 12],
        ['web', 4, 12],
      ],
    );
    await database.destroy();
  });

  test(`${engine.name}: a key is told what it has used, by day; old usage is forgotten with its texts`, async () => {
    const database = await openDatabase(await engine.open());
    const { store, queries } = open(database);
    const batch = createTestSource();
    const at = (daysAgo: number, use: object) => ({
      atMs: TODAY - daysAgo * DAY_MS,
      accountId: 'acc_1',
      keyId: 'k1',
      points: 2,
      operations: 1,
      document: `{ f${daysAgo} }`,
      ...use,
    });
    await store.record(
      batch([
        at(0, {}),
        at(0, { client: 'ios', refused: 3, throttled: 1 }),
        at(0, { keyId: 'k2' }),
        at(0, { keyId: '' }),
        at(2, {}),
        at(3, {}),
      ]),
    );
    const dayName = (daysAgo: number) => new Date(TODAY - daysAgo * DAY_MS).toISOString().slice(0, 10);
    const ask = (keyId: string | null, daysAgo: number) =>
      store.days({ accountId: 'acc_1', keyId, fromDay: dayName(daysAgo) });
    const today = { day: '2026-11-22', points: 4, operations: 2, throttled: 1 };
    const before = { day: '2026-11-20', points: 2, operations: 1, throttled: 0 };
    assert.deepEqual(await ask('k1', 0), [today]);
    assert.deepEqual(await ask('k1', 2), [today, before]);
    assert.deepEqual(await ask(null, 89), [{ ...before, day: '2026-11-22' }]);
    assert.deepEqual(await store.days({ accountId: 'acc_2', keyId: 'k1', fromDay: dayName(89) }), []);

    await store.forget(3);
    assert.deepEqual(
      (await queries.list(ALL, ['day'], 10)).map(({ day }) => day),
      [dayOf(TODAY), dayOf(TODAY) - 2],
    );
    const texts = await database
      .selectFrom('operation_seen')
      .select('document')
      .orderBy('document')
      .execute();
    assert.deepEqual(
      texts.map(({ document }) => document),
      ['{ f0 }', '{ f2 }'],
    );
    await database.destroy();
  });

  test(`${engine.name}: operations and clients beyond the limit of a day are counted together, after a restart too`, async () => {
    const database = await openDatabase(await engine.open());
    const limits = { operationsPerDay: 2, clientsPerDay: 2 };
    const batch = createTestSource();
    const use = (document: string, client: string) => ({ atMs: TODAY, document, client, operations: 1 });
    await open(database, limits).store.record(
      batch([use('{ a }', 'web'), use('{ b }', 'web'), use('{ c }', 'web'), use('{ d }', 'web')]),
    );
    const { store, queries } = open(database, limits);
    await store.record(
      batch([use('{ e }', 'ios'), use('{ a }', 'ios'), use('{ a }', 'tv'), use('{ a }', 'car')]),
    );
    const rows = await queries.list(ALL, ['operation', 'client'], 10);
    const told = rows.map(({ operation, client, operations }) => [operation?.id, client, operations]);
    const [a, b] = [operationId(null, '{ a }'), operationId(null, '{ b }')];
    assert.deepEqual(
      told.sort(),
      [
        [OTHERS, 'ios', 1],
        [OTHERS, 'web', 2],
        [a, OTHERS, 2],
        [a, 'ios', 1],
        [a, 'web', 1],
        [b, 'web', 1],
      ].sort(),
    );
    const { count } = await database
      .selectFrom('operation_seen')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    assert.equal(Number(count), 2);
    await database.destroy();
  });
}
