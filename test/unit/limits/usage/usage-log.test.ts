import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OperationDefinitionNode, parse } from 'graphql';
import { operationId } from '../../../../src/lib/operation-id.ts';
import { dayOf, OTHERS } from '../../../../src/limits/usage/usage.ts';
import { createUsageLog, type Use } from '../../../../src/limits/usage/usage-log.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-22T23:59:59Z');

function operation(text: string): NonNullable<Use['operation']> {
  const [definition] = parse(text).definitions as [OperationDefinitionNode];
  return { text, operation: definition, name: definition.name?.value };
}

function createLog(maxEntries = 100) {
  let nowMs = START;
  let folded = 0;
  const log = createUsageLog({ maxEntries, onFolded: () => (folded += 1), now: () => nowMs });
  return {
    log,
    folded: () => folded,
    pass: (ms: number) => {
      nowMs += ms;
    },
    note: (use: Partial<Use> = {}, accountId?: string) =>
      log.note({
        caller: { tier: 'FREE', scopes: new Set(), ...(accountId === undefined ? {} : { accountId }) },
        clientName: undefined,
        operation: undefined,
        points: 1,
        outcome: 'ran',
        ...use,
      }),
  };
}

test('counts by account, key, operation, client and day, and tells each text once', () => {
  const { log, note, pass } = createLog();
  const home = operation('query Home { a }');
  const caller = { tier: 'FREE', scopes: new Set<string>(), accountId: 'acc', keyId: 'k' } as const;
  note({ caller, operation: home, clientName: 'web', points: 3 });
  note({ caller, operation: home, clientName: 'web', points: 4 });
  note({ caller: { ...caller, client: 'ios' }, operation: home, clientName: 'web', points: 1 });
  note({ outcome: 'throttled', points: 0 });
  note({ outcome: 'refused' });
  pass(1_000);
  note({ caller, operation: home, clientName: 'web', points: 9 });
  const id = operationId('Home', 'query Home { a }');
  const day = dayOf(START);
  const counts = { points: 1, operations: 1, refused: 0, throttled: 0, lastUsedAtMs: START };
  const entry = { day, accountId: 'acc', keyId: 'k', operationId: id, client: 'web', ...counts };
  const text = { id, name: 'Home', document: 'query Home { a }' };
  assert.deepEqual(log.take(), {
    entries: [
      { ...entry, points: 7, operations: 2 },
      { ...entry, client: 'ios' },
      {
        ...entry,
        ...{ accountId: '', keyId: '', operationId: '', client: 'unknown' },
        ...{ operations: 0, refused: 2, throttled: 1 },
      },
      { ...entry, day: day + 1, points: 9, lastUsedAtMs: START + 1_000 },
    ],
    // Once more on the next day: whoever keeps it may have forgotten it.
    operations: [text, text],
  });
  note({ caller, operation: home });
  assert.deepEqual(log.take()?.operations, []);
  assert.equal(log.take(), undefined);
});

test('keeps to its bound whatever comes: sums stay exact, first the operation goes, then the account', () => {
  const { log, note, folded } = createLog(100);
  for (let index = 0; index < 500; index += 1)
    note({ clientName: `c${index}`, points: 2 }, `acc_${index % 10}`);
  for (let index = 0; index < 500; index += 1) note({}, `more_${index}`);
  const { entries = [] } = log.take() ?? {};
  assert.ok(entries.length <= 101, `${entries.length} entries`);
  assert.equal(folded(), 1);
  const sum = (of: typeof entries) => of.reduce((total, { points }) => total + points, 0);
  assert.equal(sum(entries), 1_500);
  assert.equal(sum(entries.filter(({ accountId }) => accountId === 'acc_3')), 100);
  const others = entries.filter(({ accountId }) => accountId === OTHERS);
  assert.equal(others.length, 1);
  assert.equal(others[0]?.client, OTHERS);
});

test('holds four megabytes of texts at the most, and takes what no table keeps out of them', () => {
  const { log, note, folded } = createLog(1_000);
  for (let index = 0; index < 40; index += 1)
    note({ operation: operation(`{ f${index} } # ${'x'.repeat(100_000)}`) });
  const { entries = [], operations = [] } = log.take() ?? {};
  assert.equal(operations.length, 20);
  assert.equal(entries.filter(({ operationId }) => operationId === OTHERS)[0]?.operations, 20);
  assert.equal(folded(), 1);
  note({ operation: operation('{ a } # \0') }, 'a\0b');
  const taken = log.take();
  assert.equal(taken?.entries[0]?.accountId, 'a\uFFFDb');
  assert.equal(taken?.operations[0]?.document, '{ a } # \uFFFD');
});

test('a new day begins with texts that are told again', () => {
  const { log, note, pass } = createLog();
  const home = operation('{ a }');
  note({ operation: home });
  log.take();
  pass(DAY_MS);
  note({ operation: home });
  assert.equal(log.take()?.operations.length, 1);
});
