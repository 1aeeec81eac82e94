import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { Decimal } from '../../scripts/recordings/decimal.ts';
import type { SupplyRecord } from '../../scripts/recordings/market-model.ts';
import { formatCloses } from '../../scripts/recordings/market-recording.ts';
import type { Close } from '../../scripts/recordings/price-model.ts';
import {
  createPriceProfile,
  findHighestClose,
  makeDailyCloses,
} from '../../scripts/recordings/price-model.ts';
import type { RecordingFile } from '../../scripts/recordings/recording.ts';
import { lastRecordedDay, recordingClock } from '../../scripts/recordings/recording.ts';
import type { ChainRecord, DeploymentRecord, TokenRecord } from '../../scripts/recordings/token-registry.ts';
import { addDays } from '../../scripts/recordings/utc-day.ts';
import {
  market,
  news,
  plainDecimal,
  readAllTokens,
  readCloses,
  readJson,
  readManifest,
  readRows,
  subgraphs,
  universe,
} from '../kit/read-recordings.ts';

const handWritten = new Set(['manifest.json', 'README.md', 'LICENCES.md']);

function countRows(path: string, content: string): number {
  if (path.endsWith('.json')) return (JSON.parse(content) as unknown[]).length;
  const lines = content.trimEnd().split('\n').length;
  return path.endsWith('.csv') ? lines - 1 : lines;
}

describe('every recording', () => {
  for (const folder of [market, universe, news]) {
    const name = relative(subgraphs, folder);

    test(`${name}: files agree with the manifest in checksum, size and rows`, async () => {
      const manifest = await readManifest(folder);
      assert.equal(manifest.clock, recordingClock);
      for (const file of manifest.files) {
        const content = await readFile(join(folder, file.path));
        assert.equal(createHash('sha256').update(content).digest('hex'), file.sha256, file.path);
        assert.equal(content.length, file.bytes, file.path);
        assert.equal(countRows(file.path, content.toString('utf8')), file.rows, file.path);
        assert.ok(file.source.length > 0 && file.licence.length > 0, file.path);
      }
    });

    test(`${name}: holds no file that the manifest does not name`, async () => {
      const named = (await readManifest(folder)).files.map((file) => file.path);
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const found = entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .filter((path) => !handWritten.has(path));
      assert.deepEqual(found.toSorted(), named.toSorted());
    });
  }

  test('keeps real and synthetic closes apart', async () => {
    const closesOf = async (folder: string): Promise<RecordingFile[]> =>
      (await readManifest(folder)).files.filter((file) => /^(?:closes|candles)\//u.test(file.path));
    const [real, synthetic] = await Promise.all([closesOf(market), closesOf(universe)]);
    assert.ok(real.every((file) => file.source !== 'synthetic'));
    assert.ok(synthetic.every((file) => file.source === 'synthetic'));
    const realIds = new Set(real.map((file) => file.tokenId));
    assert.deepEqual([...realIds].toSorted(), ['bitcoin', 'ethereum']);
    assert.ok(synthetic.every((file) => !realIds.has(file.tokenId)));
  });
});

describe('prices', () => {
  test('closes ascend without a gap and are plain decimals above zero', async () => {
    for (const folder of [market, universe]) {
      const files = (await readManifest(folder)).files.filter((file) => file.path.startsWith('closes/'));
      for (const file of files) {
        const closes = await readCloses(folder, file.tokenId ?? '');
        for (const [index, { day, close }] of closes.entries()) {
          assert.match(close, plainDecimal, `${file.path} on ${day}`);
          assert.ok(Number(close) > 0, `${file.path} on ${day}`);
          assert.equal(day, addDays(file.from ?? '', index), file.path);
        }
        assert.equal(closes.at(-1)?.day, file.to, file.path);
      }
    }
  });

  test('synthetic closes have at most 8 significant digits', async () => {
    const files = (await readManifest(universe)).files.filter((file) => file.path.startsWith('closes/'));
    for (const file of files) {
      for (const { close } of await readCloses(universe, file.tokenId ?? '')) {
        assert.ok(new Decimal(close).precision() <= 8, `${file.path}: ${close}`);
      }
    }
  });

  test('priced tokens have closes to the end, the inactive one ends early, untracked ones have none', async () => {
    const tokens = await readJson<TokenRecord[]>(universe, 'tokens.json');
    const lastDay = new Map(
      (await readManifest(universe)).files
        .filter((file) => file.path.startsWith('closes/'))
        .map((file) => [file.tokenId, file.to]),
    );
    const withStatus = (status: string): TokenRecord[] => tokens.filter((token) => token.status === status);
    assert.ok(withStatus('ACTIVE').length >= 160);
    assert.ok(withStatus('ACTIVE').every((token) => lastDay.get(token.id) === lastRecordedDay));
    assert.ok(withStatus('INACTIVE').length >= 1);
    assert.ok(withStatus('INACTIVE').every((token) => (lastDay.get(token.id) ?? '9999') < lastRecordedDay));
    assert.ok(withStatus('UNTRACKED').length >= 2);
    assert.ok(withStatus('UNTRACKED').every((token) => !lastDay.has(token.id)));
  });

  test('stablecoins stay within a cent of the dollar', async () => {
    const tokens = await readJson<TokenRecord[]>(universe, 'tokens.json');
    const stablecoins = tokens.filter((token) => token.categories.includes('stablecoin'));
    assert.ok(stablecoins.some((token) => token.id === 'tether'));
    for (const { id } of stablecoins) {
      const closes = await readCloses(universe, id);
      assert.ok(
        closes.every(({ close }) => new Decimal(close).minus(1).abs().lessThan('0.01')),
        id,
      );
    }
  });

  test('candles lie on the grid, and open and close lie between low and high', async () => {
    for (const folder of [market, universe]) {
      const files = (await readManifest(folder)).files.filter((file) => file.path.startsWith('candles/'));
      for (const file of files) {
        const stepMs = file.interval === 'ONE_MINUTE' ? 60_000 : 3_600_000;
        const candles = await readRows(folder, file.path);
        for (const [index, candle] of candles.entries()) {
          const { openTime = '', open = '', high = '', low = '', close = '', volume = '', closed } = candle;
          const where = `${file.path} at ${openTime}`;
          assert.equal(Date.parse(openTime), Date.parse(file.from ?? '') + index * stepMs, where);
          for (const text of [open, high, low, close, volume]) assert.match(text, plainDecimal, where);
          assert.ok(Number(low) > 0 && Number(low) <= Math.min(Number(open), Number(close)), where);
          assert.ok(Number(high) >= Math.max(Number(open), Number(close)), where);
          assert.equal(closed, 'true', where);
        }
      }
    }
  });

  test('hourly candles close each day at its close and open at the close before', async () => {
    const files = (await readManifest(universe)).files.filter((file) => file.path.startsWith('candles/'));
    for (const file of files) {
      const closeOn = new Map(
        (await readCloses(universe, file.tokenId ?? '')).map(({ day, close }) => [day, close]),
      );
      const candles = await readRows(universe, file.path);
      assert.equal(candles.length, 15 * 24, file.path);
      for (const [index, { openTime = '', open, close }] of candles.entries()) {
        const previous = candles[index - 1]?.close ?? closeOn.get(addDays(openTime.slice(0, 10), -1));
        assert.equal(open, previous, `${file.path} at ${openTime}`);
        if (openTime.endsWith('T23:00:00.000Z')) assert.equal(close, closeOn.get(openTime.slice(0, 10)));
      }
    }
  });

  test('the model makes the committed closes again from the real ones', async () => {
    const bitcoin = await readCloses(market, 'bitcoin');
    const tokens = await readJson<TokenRecord[]>(universe, 'tokens.json');
    const remake = (tokenId: string, pegCloses?: readonly Close[]): Close[] => {
      const token = tokens.find((candidate) => candidate.id === tokenId);
      assert.ok(token !== undefined, tokenId);
      return makeDailyCloses(createPriceProfile(token), bitcoin, pegCloses);
    };
    const solana = remake('solana');
    const dogecoin = remake('dogecoin');
    const remade = {
      solana,
      tether: remake('tether'),
      'binance-peg-dogecoin': remake('binance-peg-dogecoin', dogecoin),
    };
    for (const [tokenId, closes] of Object.entries(remade)) {
      const committed = await readFile(join(universe, 'closes', `${tokenId}.csv`), 'utf8');
      assert.equal(formatCloses(closes), committed, tokenId);
    }
  });
});

describe('the market as a whole', () => {
  const readSupplies = (folder: string): Promise<SupplyRecord[]> => readJson(folder, 'supply.json');
  const lastClose = async (folder: string, tokenId: string): Promise<string> =>
    (await readCloses(folder, tokenId)).at(-1)?.close ?? 'no close';

  test('market caps add up to the recorded total', async () => {
    const caps: Decimal[] = [];
    for (const folder of [market, universe]) {
      for (const { tokenId, circulatingSupply } of await readSupplies(folder)) {
        caps.push(new Decimal(circulatingSupply).times(await lastClose(folder, tokenId)));
      }
    }
    const recorded = (await readRows(market, 'market.csv')).at(-1);
    assert.equal(recorded?.date, lastRecordedDay);
    const total = new Decimal(recorded?.totalMarketCapUsd ?? '0');
    const difference = Decimal.sum(...caps)
      .minus(total)
      .abs();
    assert.ok(difference.dividedBy(total).lessThan('1e-6'), difference.toFixed());
    const bitcoinShare = caps[0]?.dividedBy(total).times(100);
    assert.equal(bitcoinShare?.toFixed(8), new Decimal(recorded?.bitcoinDominancePct ?? '0').toFixed(8));
    assert.deepEqual(
      caps.toSorted((a, b) => b.comparedTo(a)).map(String),
      caps.map(String),
      'tokens stand in the order of their caps',
    );
  });

  test('supplies keep their order and name the highest close', async () => {
    for (const folder of [market, universe]) {
      for (const supply of await readSupplies(folder)) {
        const { tokenId, circulatingSupply, totalSupply, maxSupply } = supply;
        assert.ok(new Decimal(circulatingSupply).lessThanOrEqualTo(totalSupply), tokenId);
        assert.ok(maxSupply === null || new Decimal(totalSupply).lessThanOrEqualTo(maxSupply), tokenId);
        const highest = findHighestClose(await readCloses(folder, tokenId));
        assert.deepEqual({ close: supply.allTimeHighUsd, at: supply.allTimeHighAt }, highest, tokenId);
      }
    }
  });

  test('volumes of a recorded day add up to the recorded volume', async () => {
    const volumes = [
      ...(await readRows(market, 'volumes.csv')),
      ...(await readRows(universe, 'volumes.csv')),
    ];
    for (const day of await readRows(market, 'market.csv')) {
      const rows = volumes.filter((row) => row.date === day.date);
      const sum = Decimal.sum(...rows.map((row) => row.volumeUsd ?? '0'));
      const recorded = new Decimal(day.totalVolume24hUsd ?? '0');
      assert.ok(sum.minus(recorded).abs().lessThan(rows.length), `${day.date}: ${sum} of ${recorded}`);
    }
  });
});

describe('the registry', () => {
  test('ids are unique, symbols are not', async () => {
    const tokens = await readAllTokens();
    assert.equal(new Set(tokens.map((token) => token.id)).size, tokens.length);
    const bySymbol = Map.groupBy(tokens, (token) => token.symbol);
    const shared = [...bySymbol.values()].filter((sameSymbol) => sameSymbol.length > 1);
    assert.ok(shared.length >= 3, `${shared.length} symbols are shared`);
  });

  test('deployments name known tokens and chains by lower-case CAIP-19 ids', async () => {
    const tokenIds = new Set((await readAllTokens()).map((token) => token.id));
    const chains = await readJson<ChainRecord[]>(universe, 'chains.json');
    const chainIds = new Set(chains.map((chain) => chain.id));
    const deployments = await readJson<DeploymentRecord[]>(universe, 'deployments.json');
    assert.equal(new Set(deployments.map((entry) => entry.caip19)).size, deployments.length);
    for (const { caip19, tokenId, chainId, address, decimals } of deployments) {
      assert.equal(caip19, caip19.toLowerCase());
      assert.ok(tokenIds.has(tokenId), tokenId);
      assert.ok(chainIds.has(chainId), chainId);
      assert.ok(
        caip19.startsWith(`${chainId}/`) && caip19.endsWith(`:${address ?? caip19.split(':').at(-1)}`),
      );
      assert.equal(address === null, /\/slip44:\d+$/u.test(caip19), caip19);
      assert.ok(Number.isInteger(decimals) && decimals >= 0 && decimals <= 36, caip19);
    }
    const natives = chains.flatMap((chain) => chain.nativeTokenId ?? []);
    assert.ok(natives.every((id) => tokenIds.has(id)));
    const usdc = deployments.find((entry) => entry.tokenId === 'usd-coin' && entry.chainId === 'eip155:1');
    assert.equal(usdc?.caip19, 'eip155:1/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48');
    assert.equal(usdc?.decimals, 6);
  });
});

describe('headlines', () => {
  test('ascend, name a known source, link by https and lie before the clock', async () => {
    const sources = await readJson<{ id: string; homepage: string }[]>(news, 'news-sources.json');
    const sourceIds = new Set(sources.map((source) => source.id));
    assert.ok(sources.every((source) => source.homepage.startsWith('https://')));
    const lines = (await readFile(join(news, 'news.ndjson'), 'utf8')).trimEnd().split('\n');
    let previousMs = 0;
    for (const line of lines) {
      const item = JSON.parse(line) as { publishedAt: string; sourceId: string; title: string; url: string };
      const publishedMs = Date.parse(item.publishedAt);
      assert.ok(publishedMs >= previousMs && publishedMs < Date.parse(recordingClock), line);
      assert.ok(sourceIds.has(item.sourceId), line);
      assert.ok(item.title.length > 0 && item.url.startsWith('https://'), line);
      previousMs = publishedMs;
    }
  });

  test('what is kept and what is left out make the whole feed of 75', async () => {
    const manifest = await readManifest(news);
    const kept = manifest.files.find((file) => file.path === 'news.ndjson')?.rows ?? 0;
    assert.equal(kept + manifest.leftOut.reduce((sum, part) => sum + part.rows, 0), 75);
  });
});
