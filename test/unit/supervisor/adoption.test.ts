import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { killIfSame } from '../../../src/supervisor/adopted-worker.ts';
import { doorPath, type Hello, isProof, proveTo } from '../../../src/supervisor/adoption.ts';
import { lockStateDirectory } from '../../../src/supervisor/lock-state-directory.ts';
import { readProcess } from '../../../src/supervisor/process-tree.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const hello: Hello = {
  type: 'hello',
  nonce: 'once',
  pid: 7,
  startedAtTicks: '1',
  startedAtMs: 1,
  generation: null,
  listener: null,
  snapshotId: null,
};

test('a proof is good for one worker, one connection and one key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const proof = proveTo(hello, privateKey);
  assert.equal(isProof(proof, hello, publicKey), true);
  assert.equal(isProof(proof, { ...hello, nonce: 'twice' }, publicKey), false);
  assert.equal(isProof(proof, { ...hello, pid: 8 }, publicKey), false);
  const other = createPublicKey(generateKeyPairSync('ed25519').privateKey);
  assert.equal(isProof(proof, hello, other), false);
  for (const message of [null, {}, { ...proof, signature: '' }, { ...proof, type: 'start' }])
    assert.equal(isProof(message, hello, publicKey), false);
});

test('a process with the id of a worker that is gone is left alone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6); console.log(1)']);
  await once(child.stdout, 'data');
  const pid = child.pid as number;
  const startedAtTicks = readProcess(pid)?.startedAtTicks ?? '';
  const gone = once(child, 'exit');
  assert.equal(killIfSame({ pid, startedAtTicks: String(Number(startedAtTicks) - 1) }, 'SIGKILL'), false);
  assert.equal(killIfSame({ pid, startedAtTicks: null }, 'SIGKILL'), false);
  assert.ok(readProcess(pid) !== undefined);
  assert.equal(killIfSame({ pid, startedAtTicks }, 'SIGKILL'), true);
  await gone;
});

test('a door has a path that a socket can have, or none', () => {
  const long = `/${'folder/'.repeat(20)}`;
  assert.equal(doorPath('/tmp/state/workers', 12), '/tmp/state/workers/12.sock');
  assert.equal(doorPath(long, 12), undefined);
  // Too long as an absolute path wherever the tests run, and not from here.
  assert.equal(doorPath(join(process.cwd(), 'a'.repeat(94)), 12), `${'a'.repeat(94)}/12.sock`);
});

test('a state directory has one holder, and another one after it', () => {
  using folder = createTemporaryFolder();
  const release = lockStateDirectory(folder.path);
  assert.throws(() => lockStateDirectory(folder.path), {
    code: 'STATE_DIRECTORY_IN_USE',
    message: `Another platform (process ${process.pid}) runs on the state directory ${folder.path}.`,
  });
  release();
  lockStateDirectory(folder.path)();
});
