import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCanaryReports } from '../../../scripts/canary-reports.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const PROGRAM = fileURLToPath(new URL('../../fixtures/leaking-program.ts', import.meta.url));

async function leak(way: string) {
  using folder = createTemporaryFolder();
  const env = { ...process.env, CANARY_REPORTS: folder.path };
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [PROGRAM, way], { env }, (error, _stdout, text) =>
      resolve({ code: error?.code ?? 0, stderr: text }),
    );
  });
  return { code, stderr, ...readCanaryReports(folder.path) };
}

describe('the watch over secrets', { concurrency: 2 }, () => {
  const leaks = {
    'a header in a log': 'a log line',
    'claims in a log': 'a log line',
    'a token in a log': 'a log line',
    'a variable in metrics': 'the metrics',
    'a message in an answer': 'an answer',
    'an answer in pieces': 'an answer',
    'a header of an answer': 'a header of an answer',
    'a key in an output': 'the output of a process',
    'a secret of a state folder': 'the output of a process (admin-token)',
  };
  for (const [way, place] of Object.entries(leaks)) {
    test(`finds ${way}, fails the file and says where`, async () => {
      const { code, stderr, leaks: found, summary } = await leak(way);
      assert.equal(code, 1, stderr);
      assert.equal(found.length, 1, stderr);
      assert.ok(found[0]?.startsWith(`A secret is in ${place} of `), found[0]);
      assert.ok(stderr.includes(found[0] ?? ''));
      assert.doesNotMatch(stderr, /canarymark|trb_live_\w{16}_\w{39}|eyJ|dGhpcyBp/);
      assert.match(summary, /^1 secrets in /);
    });
  }

  test('is content with what holds no secret, and counts it', async () => {
    const { code, leaks: found, summary, isBlind } = await leak('nothing');
    // No process was started, and none was looked at.
    assert.deepEqual([code, found, isBlind], [0, [], true]);
    assert.equal(
      summary,
      'no secret in 1 log lines, 1 answers, 1 pages of metrics, the output of 0 processes of 1 test files',
    );
  });
});
