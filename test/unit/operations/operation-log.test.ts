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

test('remembers the latest hundred documents, the latest served first', () => {
  const log = createOperationLog();
  for (let index = 0; index < 101; index += 1) log.note(operation(`{ f${index} }`));
  log.note(operation('{ f1 }'));
  const latest = log.latest().map(({ text }) => text);
  assert.equal(latest.length, 100);
  assert.deepEqual([latest[0], latest[1], latest[99]], ['{ f1 }', '{ f100 }', '{ f2 }']);
});
