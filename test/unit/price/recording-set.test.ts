import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openRecordingSet } from '../../../subgraphs/price/recording/recording-set.ts';

/** Writes the files of a set into a folder that lives as long as the test. */
async function createFolder(files: Record<string, unknown>) {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-recording-'));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return {
    url: pathToFileURL(`${folder}/`),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const clock = '2026-08-08T00:00:00.000Z';
const closesFile = (path: string, currency: string) => ({
  path,
  tokenId: 'a',
  interval: 'ONE_DAY',
  currency,
});

test('reads what the manifest names, and is empty where it names nothing', async () => {
  await using folder = await createFolder({
    'manifest.json': { id: 'set', clock, files: [{ path: 'chains.json' }, closesFile('a.csv', 'USD')] },
    'chains.json': [{ id: 'eip155:1', name: 'Ethereum', nativeTokenId: null, explorerUrl: null }],
    'tokens.json': 'not named in the manifest',
    'a.csv': 'date,close\n2026-08-07,1.10\n',
    'volumes.csv': 'date,tokenId,volumeUsd\n2026-08-06,a,1.5\n2026-08-07,a,2.5\n2026-08-07,b,3\n',
  });
  const set = await openRecordingSet(folder.url);
  assert.deepEqual(await set.tokens(), []);
  assert.equal((await set.chains())[0]?.name, 'Ethereum');
  assert.equal((await set.closes('a', 'ONE_DAY'))?.at(Date.parse(clock)), '1.10');
  assert.equal(await set.closes('a', 'ONE_HOUR'), undefined);
  assert.equal((await set.volumes()).get('a')?.get('2026-08-07'), '2.5');
});

test('takes no closes in another currency for closes in US dollars', async () => {
  await using folder = await createFolder({
    'manifest.json': { id: 'set', clock, files: [closesFile('a.csv', 'USDT')] },
    'a.csv': 'date,close\n2026-08-07,1.10\n',
  });
  assert.equal(await (await openRecordingSet(folder.url)).closes('a', 'ONE_DAY'), undefined);
});

test('refuses a set that ends at another instant than the clock counts from, and one of another form', async () => {
  await using late = await createFolder({
    'manifest.json': { id: 'late', clock: '2026-08-09T00:00:00.000Z', files: [] },
  });
  await assert.rejects(openRecordingSet(late.url), /late to end at 2026-08-08.*found 2026-08-09/);
  await using formless = await createFolder({ 'manifest.json': { id: 'set' } });
  await assert.rejects(openRecordingSet(formless.url), { name: 'ZodError' });
  await using listless = await createFolder({
    'manifest.json': { id: 'set', clock, files: [{ path: 'tokens.json' }] },
    'tokens.json': [{ id: 'a' }],
  });
  await assert.rejects((await openRecordingSet(listless.url)).tokens(), { name: 'ZodError' });
});
