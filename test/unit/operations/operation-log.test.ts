import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import type { PreparedOperation } from '../../../src/context.ts';
import { createOperationLog } from '../../../src/operations/operation-log.ts';

function operation(text: string): PreparedOperation {
  const document = parse(text);
  const [definition] = document.definitions as [OperationDefinitionNode];
  assert.equal(definition.kind, Kind.OPERATION_DEFINITION);
  return {
    text,
    document,
    operation: definition,
    type: definition.operation,
    name: definition.name?.value,
    variables: {},
  };
}

test('counts operations by client until they are taken', () => {
  const log = createOperationLog();
  const home = operation('query Home { a }');
  log.note(home, 'web');
  log.note(home, 'web');
  log.note(home, undefined);
  log.note(operation('{ b }'), 'web');
  assert.deepEqual(log.take(), [
    { name: 'Home', document: 'query Home { a }', client: 'web', requests: 2 },
    { name: 'Home', document: 'query Home { a }', client: 'unknown', requests: 1 },
    { name: null, document: '{ b }', client: 'web', requests: 1 },
  ]);
  assert.deepEqual(log.take(), []);
});

test('counts no more than a thousand kinds at a time, and remembers the latest hundred documents', () => {
  const log = createOperationLog();
  for (let index = 0; index < 1_001; index += 1) log.note(operation(`{ f${index} }`), 'web');
  assert.equal(log.take().length, 1_000);
  assert.equal(log.take().length, 0);
  const latest = log.latest().map(({ text }) => text);
  assert.equal(latest.length, 100);
  assert.deepEqual([latest[0], latest[99]], ['{ f999 }', '{ f900 }']);
});
