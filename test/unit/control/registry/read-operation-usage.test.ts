import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDocumentStore } from '../../../../src/control/documents/document-store.ts';
import { readOperationUsage } from '../../../../src/control/registry/read-operation-usage.ts';
import { createUsageStore } from '../../../../src/control/usage/usage-store.ts';
import { openDatabase } from '../../../../src/storage/database.ts';
import { startEngines } from '../../../kit/engines.ts';
import { createTestSource } from '../../../kit/usage.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-01T10:00:00Z');
const LIMITS = { operationsPerDay: 100, clientsPerDay: 100 };

for (const engine of await startEngines('control')) {
  test(`${engine.name}: registered documents come first, with the releases that have them, then what was seen lately`, async () => {
    const database = await openDatabase(await engine.open());
    const store = createUsageStore({ database, limits: () => LIMITS });
    const usage = readOperationUsage(database, () => 2);
    const batch = createTestSource();
    const use = (name: string, client: string, operations: number, atMs = START) => ({
      name,
      document: `query ${name} { a }`,
      client,
      operations,
      atMs,
    });
    const later = START + 10 * DAY_MS;
    await store.record(batch([use('Home', 'web', 2), use('Home', 'ios', 1), use('Old', 'web', 50)]));
    await store.record(
      batch([
        use('Home', 'web', 3, later),
        use('Search', 'web', 4, later),
        use('Rare', 'web', 1, later),
        { ...use('Refused', 'web', 0, later), refused: 9 },
      ]),
    );
    const told = async (sinceMs: number) =>
      (await usage.inUse(sinceMs)).map(({ name, clients, isRegistered }) => [name, clients, isRegistered]);
    const seen = (name: string, requests: number) => ({ name, requests, versions: [] });
    assert.deepEqual(await told(later), [
      ['Search', [seen('web', 4)], false],
      ['Home', [seen('web', 3)], false],
    ]);
    assert.deepEqual(await told(START), [
      ['Old', [seen('web', 50)], false],
      ['Home', [seen('ios', 1), seen('web', 5)], false],
    ]);

    let nowMs = START;
    const documents = createDocumentStore({
      database,
      change: (work) => database.transaction().execute(work),
      now: () => nowMs,
    });
    const home = { id: '1', text: 'query Home { a }', name: 'Home' };
    const never = { id: '2', text: 'query Never { a }', name: 'Never' };
    const gone = { id: '3', text: 'query Gone { a }', name: 'Gone' };
    await documents.publish({ client: 'ios', version: '1.0', documents: [home, gone] }, false);
    nowMs += 1;
    await documents.publish({ client: 'ios', version: '1.1', documents: [home, never] }, false);
    await documents.retire('ios', { ids: ['3'] });
    assert.deepEqual(await told(START), [
      ['Home', [{ name: 'ios', requests: 1, versions: ['1.0', '1.1'] }, seen('web', 5)], true],
      ['Never', [{ name: 'ios', requests: 0, versions: ['1.1'] }], true],
      ['Old', [seen('web', 50)], false],
    ]);
    await database.destroy();
  });
}
