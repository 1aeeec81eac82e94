import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RECORDING_END_MS } from '../../shared/clock.ts';
import { INTERVAL_MS } from '../candles/candle-interval.ts';
import { type Candle, CandleSeries } from '../candles/candle-series.ts';
import { CloseSeries } from '../history/close-series.ts';
import type { CloseInterval } from '../providers/market-data-provider.ts';

const CANDLES_FOLDER = 'candles/';
const CANDLE_HEADER = 'openTime,open,high,low,close,volume,closed';

const manifestFile = z.object({
  id: z.string(),
  clock: z.iso.datetime(),
  files: z.array(
    z.object({
      path: z.string(),
      tokenId: z.string().optional(),
      interval: z.string().optional(),
      currency: z.string().optional(),
    }),
  ),
});

const text = z.string().nullable();
const tokensFile = z.array(
  z.object({
    id: z.string(),
    symbol: z.string(),
    name: z.string(),
    status: z.enum(['ACTIVE', 'INACTIVE', 'UNTRACKED']),
    categories: z.array(z.string()),
    description: text,
    links: z.object({ homepage: text, whitepaper: text, sourceCode: text }),
    imageUrl: text,
  }),
);
const deploymentsFile = z.array(
  z.object({
    caip19: z.string(),
    tokenId: z.string(),
    chainId: z.string(),
    address: text,
    decimals: z.number().int(),
  }),
);
const chainsFile = z.array(
  z.object({ id: z.string(), name: z.string(), nativeTokenId: text, explorerUrl: text }),
);
const supplyFile = z.array(
  z.object({ tokenId: z.string(), circulatingSupply: text, totalSupply: text, maxSupply: text }),
);

/** A token as the registry of a recording has it. */
export type RecordedToken = z.infer<typeof tokensFile>[number];
/** A contract or native asset of a token on one chain. */
export type RecordedDeployment = z.infer<typeof deploymentsFile>[number];
/** A chain by its CAIP-2 id. */
export type RecordedChain = z.infer<typeof chainsFile>[number];
/** The lengths of candles that are recorded; longer ones are made of them. */
export const RECORDED_CANDLE_INTERVALS = ['ONE_MINUTE', 'ONE_HOUR'] as const;
export type RecordedCandleInterval = (typeof RECORDED_CANDLE_INTERVALS)[number];

/** Supplies in whole tokens, decimal text. */
export type RecordedSupply = z.infer<typeof supplyFile>[number];

/**
 * One recorded set on disk. Its lists and series are read when they are asked for; whoever asks keeps them.
 * Instants are in recorded time.
 */
export interface RecordingSet {
  tokens(): Promise<readonly RecordedToken[]>;
  /** Empty when the set has none. */
  deployments(): Promise<readonly RecordedDeployment[]>;
  /** Empty when the set has none. */
  chains(): Promise<readonly RecordedChain[]>;
  supplies(): Promise<readonly RecordedSupply[]>;
  /** Volumes in US dollars, decimal text, by token and day (`YYYY-MM-DD`). */
  volumes(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** Closes in US dollars; undefined where the set has none of that interval. */
  closes(tokenId: string, interval: CloseInterval): Promise<CloseSeries | undefined>;
  /** Which candles the set has of a token in a currency; no files are read. */
  candleIntervals(tokenId: string, currency: string): readonly RecordedCandleInterval[];
  /** Candles; undefined where the set has none of that interval in that currency. */
  candles(
    tokenId: string,
    interval: RecordedCandleInterval,
    currency: string,
  ): Promise<CandleSeries | undefined>;
}

/**
 * Opens a recorded set: reads its manifest.
 *
 * @param folder - the set's folder, with a trailing slash
 * @throws when the manifest is missing, of another form, or of a recording that ends at another instant than the
 *   platform's clock counts from
 */
export async function openRecordingSet(folder: URL): Promise<RecordingSet> {
  const readJson = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(new URL(path, folder), 'utf8'));
  const manifest = manifestFile.parse(await readJson('manifest.json'));
  if (Date.parse(manifest.clock) !== RECORDING_END_MS) {
    const expected = new Date(RECORDING_END_MS).toISOString();
    throw new Error(`Expected the recording ${manifest.id} to end at ${expected}, found ${manifest.clock}.`);
  }
  const paths = new Set(manifest.files.map(({ path }) => path));
  const seriesPaths = new Map(
    manifest.files
      .filter(({ tokenId }) => tokenId !== undefined)
      .map(({ path, tokenId, interval, currency }) => [`${tokenId}.${interval}.${currency}`, path]),
  );
  const readSeries = async <Series>(
    key: string,
    parse: (csv: string) => Series,
  ): Promise<Series | undefined> => {
    const path = seriesPaths.get(key);
    return path === undefined ? undefined : parse(await readFile(new URL(path, folder), 'utf8'));
  };
  const readList = async <Item>(path: string, schema: z.ZodType<Item[]>): Promise<readonly Item[]> =>
    paths.has(path) ? schema.parse(await readJson(path)) : [];

  return {
    tokens: () => readList('tokens.json', tokensFile),
    deployments: () => readList('deployments.json', deploymentsFile),
    chains: () => readList('chains.json', chainsFile),
    supplies: () => readList('supply.json', supplyFile),
    volumes: async () => parseVolumes(await readFile(new URL('volumes.csv', folder), 'utf8')),
    closes: (tokenId, interval) =>
      readSeries(`${tokenId}.${interval}.USD`, (csv) => parseCloses(csv, interval)),
    candleIntervals: (tokenId, currency) =>
      RECORDED_CANDLE_INTERVALS.filter((interval) =>
        seriesPaths.get(`${tokenId}.${interval}.${currency}`)?.startsWith(CANDLES_FOLDER),
      ),
    candles: (tokenId, interval, currency) =>
      readSeries(`${tokenId}.${interval}.${currency}`, (csv) => parseCandles(csv, interval)),
  };
}

/**
 * Parses a table with one row a period, ascending: its first column names the period (a date, or the instant at
 * which it opens), a column `close` has the close. Periods without a row become null.
 *
 * @throws Error for a table without a row or a `close` column, and for rows that are not on the grid in order
 */
export function parseCloses(csv: string, interval: CloseInterval): CloseSeries {
  const [header = '', ...rows] = csv.trimEnd().split('\n');
  const column = header.split(',').indexOf('close');
  const [first] = rows;
  if (column === -1 || first === undefined) throw new Error('Expected rows with a column "close".');
  const intervalMs = INTERVAL_MS[interval];
  const firstOpenMs = Date.parse(fieldOf(first, 0));
  const values: (string | null)[] = [];
  for (const row of rows) {
    const index = (Date.parse(fieldOf(row, 0)) - firstOpenMs) / intervalMs;
    if (!Number.isInteger(index) || index < values.length) {
      throw new Error(`Expected ascending periods of ${interval}, found "${row}".`);
    }
    while (values.length < index) values.push(null);
    values.push(fieldOf(row, column));
  }
  return new CloseSeries(firstOpenMs + intervalMs, intervalMs, values);
}

/**
 * Parses a table of candles, ascending.
 *
 * @throws Error for a table of another form, for rows that are not on the grid in order, and for a candle that is not
 *   closed: a recording has ended
 */
export function parseCandles(csv: string, interval: RecordedCandleInterval): CandleSeries {
  const [header, ...rows] = csv.trimEnd().split('\n');
  if (header !== CANDLE_HEADER || rows.length === 0) {
    throw new Error(`Expected rows with the columns ${CANDLE_HEADER}, found "${header}".`);
  }
  const intervalMs = INTERVAL_MS[interval];
  let previousMs = Number.NEGATIVE_INFINITY;
  const candles = rows.map((row): Candle => {
    const [openTime = '', open = '', high = '', low = '', close = '', volume = '', closed] = row.split(',');
    const openMs = Date.parse(openTime);
    if (!(openMs > previousMs) || openMs % intervalMs !== 0 || closed !== 'true') {
      throw new Error(`Expected ascending, closed candles of ${interval}, found "${row}".`);
    }
    previousMs = openMs;
    return { openMs, open, high, low, close, volume: volume === '' ? null : volume };
  });
  return new CandleSeries(intervalMs, candles);
}

/** Cuts one field out of a row: rows are many, and all but two of their fields are of no use here. */
function fieldOf(row: string, column: number): string {
  let start = 0;
  for (let skipped = 0; skipped < column; skipped += 1) start = row.indexOf(',', start) + 1;
  const end = row.indexOf(',', start);
  return end === -1 ? row.slice(start) : row.slice(start, end);
}

function parseVolumes(csv: string): Map<string, Map<string, string>> {
  const byToken = new Map<string, Map<string, string>>();
  for (const row of csv.trimEnd().split('\n').slice(1)) {
    const [date = '', tokenId = '', volumeUsd = ''] = row.split(',');
    let byDay = byToken.get(tokenId);
    if (byDay === undefined) {
      byDay = new Map();
      byToken.set(tokenId, byDay);
    }
    byDay.set(date, volumeUsd);
  }
  return byToken;
}
