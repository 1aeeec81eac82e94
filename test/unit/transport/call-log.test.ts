import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { SubgraphError } from '../../../src/errors/errors.ts';
import { withCallLog } from '../../../src/transport/call-log.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createFakeSubgraphClient, createTestRequest } from '../../kit/fake-subgraph-client.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly requestId: string;
  readonly errors?: unknown;
}

/** What is logged of one call. */
async function linesOf(
  answer: () => Promise<SubgraphResponse>,
  signal = new AbortController().signal,
  isWhole = false,
): Promise<Line[]> {
  const lines: Line[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const client = withCallLog(createFakeSubgraphClient(answer), pino({ level: 'debug' }, sink), isWhole);
  await client.send(createTestRequest({ headers: { 'x-request-id': 'abc' }, signal })).catch(() => {});
  return lines;
}

test('a good call is no line', async () => {
  assert.deepEqual(await linesOf(async () => ({ data: {}, errors: [] })), []);
});

test('a failed call is a warning with the id that the caller has', async () => {
  const [line] = await linesOf(() => Promise.reject(new SubgraphError('SUBGRAPH_TIMEOUT', 'price')));
  assert.equal(line?.level, 40);
  assert.equal(line?.requestId, 'abc');
});

test("a subgraph's own errors are a warning, its refusals of the caller are not", async () => {
  const failed = await linesOf(async () => ({ data: {}, errors: [{ message: 'boom' }] }));
  assert.equal(failed[0]?.level, 40);
  const refused = await linesOf(async () => ({
    data: {},
    errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }],
  }));
  assert.equal(refused[0]?.level, 20);
});

test('a caller who has left is no line', async () => {
  const controller = new AbortController();
  controller.abort();
  const lines = await linesOf(
    () => Promise.reject(new SubgraphError('SUBGRAPH_UNAVAILABLE', 'price')),
    controller.signal,
  );
  assert.deepEqual(lines, []);
});

test('of what a subgraph says, codes and paths are logged, and all of it where that is asked for', async () => {
  const errors = [
    { message: 'for ada@example.com', path: ['a', 0, 'b'], extensions: { code: 'BOOM', sql: 'select' } },
    { message: 'x', path: ['not a name'], extensions: { code: 'not a code' } },
  ];
  const [brief] = await linesOf(async () => ({ data: {}, errors }));
  assert.deepEqual(brief?.errors, [{ code: 'BOOM', path: ['a', 0, 'b'] }, {}]);
  const [whole] = await linesOf(async () => ({ data: {}, errors }), undefined, true);
  assert.deepEqual(whole?.errors, errors);
});
