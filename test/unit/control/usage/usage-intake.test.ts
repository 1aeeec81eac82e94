import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { createUsageIntake } from '../../../../src/control/usage/usage-intake.ts';
import { openUsageSpool } from '../../../../src/control/usage/usage-spool.ts';
import type { UsageBatch } from '../../../../src/limits/usage/usage.ts';
import { createLogger } from '../../../../src/observability/logger.ts';
import { until } from '../../../kit/processes.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../../kit/temporary-folder.ts';
import { createTestSource } from '../../../kit/usage.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = createTemporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

/** Tables that can be away, hang, or refuse one batch for ever. */
class FakeTables {
  state: 'here' | 'away' | 'hanging' = 'here';
  refused: UsageBatch | undefined;
  readonly counted = new Map<string, number[]>();
  #release: (() => void)[] = [];

  async record({ source, sequence }: UsageBatch): Promise<void> {
    if (this.state === 'hanging') await new Promise<void>((resolve) => this.#release.push(resolve));
    if (this.state === 'away') throw new Error('the tables are away');
    if (this.refused?.source === source && this.refused.sequence === sequence) throw new Error('no such row');
    const sequences = this.counted.get(source) ?? [];
    if ((sequences.at(-1) ?? 0) < sequence) this.counted.set(source, [...sequences, sequence]);
  }

  release(): void {
    this.state = 'here';
    for (const release of this.#release) release();
  }

  sequencesOf({ source }: UsageBatch): readonly number[] {
    return this.counted.get(source) ?? [];
  }
}

function open(tables: FakeTables, limitBytes = 1_000_000) {
  const told: number[] = [];
  const spool = openUsageSpool(folder.path, limitBytes, (bytes) => told.push(bytes));
  const intake = createUsageIntake({
    store: tables,
    spool,
    isReachable: async () => tables.state === 'here',
    log: createLogger('test', 'silent'),
    storeTimeoutMs: 20,
    retryMs: 5,
  });
  return { spool, intake, told };
}

const use = { atMs: 0, points: 1, operations: 1 };

test('batches go to disk while the tables are away, and into them in their order when they are back', async () => {
  const tables = new FakeTables();
  const { spool, intake } = open(tables);
  const batch = createTestSource();
  const first = batch([use]);
  await intake.take(first);
  tables.state = 'away';
  for (let index = 0; index < 3; index += 1) await intake.take(batch([use]));
  assert.equal(readdirSync(folder.path).length, 3);
  assert.deepEqual(tables.sequencesOf(first), [1]);
  tables.state = 'here';
  await until(() => spool.isEmpty);
  assert.deepEqual(tables.sequencesOf(first), [1, 2, 3, 4]);
  await intake.take(batch([use]));
  assert.deepEqual(tables.sequencesOf(first), [1, 2, 3, 4, 5]);
  await intake.close();
});

test('tables that hang keep nobody waiting; what they write late is not counted twice', async () => {
  const tables = new FakeTables();
  const { spool, intake } = open(tables);
  const batch = createTestSource();
  tables.state = 'hanging';
  const first = batch([use]);
  await Promise.all([intake.take(first), intake.take(first)]);
  assert.deepEqual(readdirSync(folder.path).length, 1);
  tables.release();
  await until(() => spool.isEmpty);
  assert.deepEqual(tables.sequencesOf(first), [1]);
  await intake.close();
});

test('what is on disk outlives the process that put it there', async () => {
  const tables = new FakeTables();
  tables.state = 'away';
  const before = open(tables);
  const batch = createTestSource();
  const first = batch([use]);
  await before.intake.take(first);
  await before.intake.take(batch([use]));
  await before.intake.close();
  tables.state = 'here';
  const { spool, intake } = open(tables);
  assert.ok(!spool.isEmpty && spool.bytes > 0);
  await until(() => spool.isEmpty);
  assert.deepEqual(tables.sequencesOf(first), [1, 2]);
  await intake.close();
});

test('a full disk is told, so that the batch comes again', async () => {
  const tables = new FakeTables();
  tables.state = 'away';
  const batch = createTestSource();
  const first = batch([use]);
  const { spool, intake, told } = open(tables, JSON.stringify(first).length);
  await intake.take(first);
  await intake.take(first);
  const second = batch([use]);
  await assert.rejects(intake.take(second), /usage\.spoolBytes/);
  tables.state = 'here';
  await until(() => spool.isEmpty);
  await intake.take(second);
  assert.deepEqual(tables.sequencesOf(first), [1, 2]);
  const bytes = JSON.stringify(first).length;
  assert.deepEqual(told, [0, bytes, bytes, 0]);
  await intake.close();
});

test('a batch that can never be counted is put aside, and holds up no other', async () => {
  const tables = new FakeTables();
  const { spool, intake } = open(tables);
  const batch = createTestSource();
  const bad = batch([use]);
  tables.refused = bad;
  await intake.take(bad);
  await intake.take(batch([use]));
  await until(() => spool.isEmpty);
  await intake.close();
  folder.write('zz.json', 'not a batch');
  const again = open(tables);
  await until(() => again.spool.isEmpty);
  await again.intake.close();
  assert.deepEqual(tables.sequencesOf(bad), [2]);
  assert.deepEqual(
    readdirSync(folder.path).map((name) => name.replace(bad.source, 'source')),
    ['source.000000000001.json.rejected', 'zz.json.rejected'],
  );
});
