import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphQLParameters } from '../../../src/context.ts';
import { createParameterReader } from '../../../src/operations/read-parameters-once.ts';

function parametersOf(query: string): GraphQLParameters {
  return { query, documentId: undefined, operationName: undefined, variables: {}, extensions: {} };
}

test('an equal text is read once, another one by itself', () => {
  const readOnce = createParameterReader();
  let reads = 0;
  const read = () => {
    reads += 1;
    return parametersOf('{ a }');
  };
  const first = readOnce('POST {"query":"{ a }"}', read);
  assert.equal(readOnce('POST {"query":"{ a }"}', read), first);
  assert.equal(reads, 1);
  assert.notEqual(readOnce('GET {"query":"{ a }"}', read), first);
  assert.equal(reads, 2);
});

test('a refusal is told to each who asks, and not kept', () => {
  const readOnce = createParameterReader();
  const refusal = new Error('no');
  const refuse = () => {
    throw refusal;
  };
  assert.throws(() => readOnce('text', refuse), refusal);
  assert.equal(readOnce('text', () => parametersOf('{ a }')).query, '{ a }');
});

test('long texts are not kept, and short ones only as long as there is room', () => {
  const readOnce = createParameterReader();
  let reads = 0;
  const read = () => {
    reads += 1;
    return parametersOf('{ a }');
  };
  const long = 'x'.repeat(70_000);
  readOnce(long, read);
  readOnce(long, read);
  assert.equal(reads, 2);
  for (let each = 0; each < 40; each += 1) readOnce(`${each}${'y'.repeat(60_000)}`, read);
  reads = 0;
  readOnce(`0${'y'.repeat(60_000)}`, read);
  assert.equal(reads, 1, 'the oldest had to make room');
});
