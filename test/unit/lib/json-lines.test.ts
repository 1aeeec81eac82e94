import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { LineQueue, readJsonLines, writeJsonLine } from '../../../src/lib/json-lines.ts';

async function connectTwo(): Promise<{ here: Socket; there: Socket } & AsyncDisposable> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [there] = (await once(server, 'connection')) as [Socket];
  return {
    here,
    there,
    async [Symbol.asyncDispose]() {
      here.destroy();
      there.destroy();
      server.close();
    },
  };
}

test('lines come out as they went in, in whatever pieces they travel', async () => {
  await using pair = await connectTwo();
  const values = [{ a: 'line\nbreak' }, 'é€😀', [1, null], { long: 'x'.repeat(200_000) }];
  const { promise, resolve } = Promise.withResolvers<void>();
  const read: unknown[] = [];
  readJsonLines(pair.there, (line) => {
    read.push(line);
    if (read.length === 2 * values.length) resolve();
  });
  for (const value of values) writeJsonLine(pair.here, value);
  // Byte by byte, so that characters of several bytes are cut.
  const bytes = Buffer.from(
    values
      .slice(0, 3)
      .map((value) => `${JSON.stringify(value)}\n`)
      .join(''),
  );
  for (const byte of bytes) pair.here.write(Buffer.of(byte));
  writeJsonLine(pair.here, values[3]);
  await promise;
  assert.deepEqual(read, [...values, ...values]);
});

test('what is no JSON closes the connection with the reason', async () => {
  await using pair = await connectTwo();
  const lines: unknown[] = [];
  readJsonLines(pair.there, (line) => lines.push(line));
  pair.here.write('{"a":1}\nnonsense\n{"b":2}\n');
  const [error] = (await once(pair.there, 'error')) as [Error];
  assert.ok(error instanceof SyntaxError);
  assert.deepEqual(lines, [{ a: 1 }]);
  assert.ok(pair.there.destroyed);
});

test('a queue keeps what nobody has read yet, and rejects who waits when the connection closes', async () => {
  await using pair = await connectTwo();
  const queue = new LineQueue(pair.there);
  for (let count = 1; count <= 4; count += 1) writeJsonLine(pair.here, count);
  assert.deepEqual([await queue.next(), await queue.next()], [1, 2]);
  const rest: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  queue.follow((line) => {
    rest.push(line);
    if (line === 5) resolve();
  });
  writeJsonLine(pair.here, 5);
  await promise;
  assert.deepEqual(rest, [3, 4, 5]);

  await using other = await connectTwo();
  const waiting = new LineQueue(other.there).next();
  other.here.destroy();
  await assert.rejects(waiting, /closed/);
});
