import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOperationUsageStore } from '../../../../src/control/registry/operation-usage-store.ts';
import { openDatabase } from '../../../../src/storage/database.ts';
import { startEngines } from '../../../kit/engines.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-01T10:00:00Z');

for (const engine of await startEngines('control')) {
  test(`${engine.name}: operations are counted by client and day, the most used first, and forgotten`, async () => {
    const database = await openDatabase(await engine.open());
    let nowMs = START;
    const store = createOperationUsageStore(database, { limit: () => 2, now: () => nowMs });
    const use = (name: string, client: string, requests: number) => ({
      name,
      document: `query ${name} { a }`,
      client,
      requests,
    });
    await store.record([use('Home', 'web', 2), use('Home', 'ios', 1), use('Old', 'web', 50)]);
    nowMs += 10 * DAY_MS;
    await store.record([use('Home', 'web', 3), use('Search', 'web', 4), use('Rare', 'web', 1)]);

    const recent = await store.inUse(nowMs - 5 * DAY_MS);
    assert.deepEqual(
      recent.map(({ name, clients }) => [name, clients]),
      [
        ['Search', [{ name: 'web', requests: 4 }]],
        ['Home', [{ name: 'web', requests: 3 }]],
      ],
    );
    const all = await store.inUse(START);
    assert.deepEqual(
      all.map(({ name, clients }) => [name, clients]),
      [
        ['Old', [{ name: 'web', requests: 50 }]],
        [
          'Home',
          [
            { name: 'ios', requests: 1 },
            { name: 'web', requests: 5 },
          ],
        ],
      ],
    );
    await store.forget(nowMs);
    assert.deepEqual(
      (await store.inUse(START)).map(({ name }) => name),
      ['Search', 'Home'],
    );
    await database.destroy();
  });
}
