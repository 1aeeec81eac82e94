import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openRecordingSet } from '../../../subgraphs/price/recording/recording-set.ts';

/** Writes the files of a set into a folder that lives as long as the test. */
async function createFolder(files: Record<string, unknown>) {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-recording-'));
  await mkdir(join(folder, 'candles'));
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

test('reads candles in the currency that they are quoted in, and refuses tables of another form', async () => {
  const header = 'openTime,open,high,low,close,volume,closed';
  const files = ['good', 'open', 'late'].map((tokenId) => ({
    path: `candles/${tokenId}.csv`,
    tokenId,
    interval: 'ONE_MINUTE',
    currency: 'USDT',
  }));
  await using folder = await createFolder({
    'manifest.json': { id: 'set', clock, files },
    'candles/good.csv': `${header}\n2026-08-07T00:00:00.000Z,1.0,3,0.5,2,10.10,true\n2026-08-07T00:02:00.000Z,2,2,2,2,,true\n`,
    'candles/open.csv': `${header}\n2026-08-07T00:00:00.000Z,1,1,1,1,1,false\n`,
    'candles/late.csv': `${header}\n2026-08-07T00:00:30.000Z,1,1,1,1,1,true\n`,
  });
  const set = await openRecordingSet(folder.url);
  assert.deepEqual(set.candleIntervals('good', 'USDT'), ['ONE_MINUTE']);
  assert.deepEqual(set.candleIntervals('good', 'USD'), []);
  assert.equal(await set.candles('good', 'ONE_MINUTE', 'USD'), undefined);
  const series = await set.candles('good', 'ONE_MINUTE', 'USDT');
  assert.deepEqual(series?.at(0), {
    openMs: Date.parse('2026-08-07T00:00:00Z'),
    open: '1.0',
    high: '3',
    low: '0.5',
    close: '2',
    volume: '10.10',
  });
  assert.equal(series?.at(1)?.volume, null);
  assert.equal(series?.coverage.toMs, Date.parse('2026-08-07T00:03:00Z'));
  await assert.rejects(set.candles('open', 'ONE_MINUTE', 'USDT'), /closed candles of ONE_MINUTE/);
  await assert.rejects(set.candles('late', 'ONE_MINUTE', 'USDT'), /ascending, closed candles/);
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
