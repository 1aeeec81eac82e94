import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCsv, parseCsv, selectColumns } from './csv.ts';
import type { MarketDay } from './market-model.ts';
import { deriveRealSupplies, deriveRealVolumes } from './market-model.ts';
import type { Close } from './price-model.ts';
import type { Recording, RecordingEntry, RecordingFile } from './recording.ts';
import { formatJsonLines, lastRecordedDay, recordingClock } from './recording.ts';
import type { TokenRecord } from './token-registry.ts';

const cc0 = {
  source: 'ByKaranteli crypto-datasets (github.com/bykarantelicom/crypto-datasets)',
  licence: 'CC0-1.0',
};
const tradingSignals = {
  source: 'trading-signals examples (github.com/bennycode/trading-signals)',
  licence: 'MIT, copyright Benny Neugebauer',
};
const derived = { source: 'derived', licence: 'CC0-1.0' };

/** The recorded figures in memory, texts as they stand in the source. */
export interface MarketFigures {
  readonly closes: Readonly<Record<'bitcoin' | 'ethereum', readonly Close[]>>;
  /** Closed days only, ascending. */
  readonly marketDays: readonly MarketDay[];
  readonly entries: readonly RecordingEntry[];
  readonly leftOutRows: number;
}

/** A table of the source with the names that its columns get. */
interface DailyTable {
  readonly sourceFile: string;
  readonly path: string;
  readonly columns: Readonly<Record<string, string>>;
}

const dailyTables = {
  market: {
    sourceFile: 'daily-market.csv',
    path: 'market.csv',
    columns: {
      date: 'date',
      totalMarketCapUsd: 'total_market_cap_usd',
      totalVolume24hUsd: 'total_volume_24h_usd',
      bitcoinDominancePct: 'btc_dominance_pct',
      etherDominancePct: 'eth_dominance_pct',
      stablecoinCapUsd: 'stablecoin_cap_usd',
      fearGreedValue: 'fear_greed_value',
      fearGreedClassification: 'fear_greed_classification',
    },
  },
  dvol: {
    sourceFile: 'dvol-daily.csv',
    path: 'dvol.csv',
    columns: { date: 'date', symbol: 'currency', dvol: 'dvol' },
  },
  perpetuals: {
    sourceFile: 'daily-symbols.csv',
    path: 'perpetuals.csv',
    columns: {
      date: 'date',
      symbol: 'symbol',
      fundingRatePct: 'funding_rate_pct',
      openInterestChange24hPct: 'oi_24h_pct',
      priceChange24hPct: 'price_change_24h_pct',
    },
  },
} as const satisfies Record<string, DailyTable>;

/**
 * Reads the real figures. Every number is copied as text; rows of days that are not closed at the
 * recording's end are left out and counted.
 *
 * @param figuresPath - the folder that holds `market/`
 */
export async function readMarketFigures(figuresPath: string): Promise<MarketFigures> {
  const folder = join(figuresPath, 'market');
  const [bitcoin, ethereum, minutes, market, dvol, perpetuals] = await Promise.all([
    readCloses(join(folder, 'bitcoin-daily-closes.csv')),
    readCloses(join(folder, 'ethereum-daily-closes.csv')),
    readMinuteCandles(join(folder, 'bitcoin-usdt-1m-2021-02-19-week.csv')),
    readDailyTable(folder, dailyTables.market),
    readDailyTable(folder, dailyTables.dvol),
    readDailyTable(folder, dailyTables.perpetuals),
  ]);
  const tables = [market, dvol, perpetuals];
  return {
    closes: { bitcoin, ethereum },
    marketDays: market.rows.map(([day = '', cap = '', volume = '', btc = '', eth = '']) => ({
      day,
      totalMarketCapUsd: cap,
      totalVolume24hUsd: volume,
      bitcoinDominancePct: btc,
      etherDominancePct: eth,
    })),
    entries: [
      describeCloses('bitcoin', bitcoin, CLOSES_ORIGIN),
      describeCloses('ethereum', ethereum, CLOSES_ORIGIN),
      minutes,
      ...tables.map((table) => table.entry),
    ],
    leftOutRows: tables.reduce((sum, table) => sum + table.leftOutRows, 0),
  };
}

async function readCloses(path: string): Promise<Close[]> {
  const rows = selectColumns(parseCsv(await readFile(path, 'utf8')), ['date', 'us_close_usd']);
  return rows.map(([day = '', close = '']) => ({ day, close }));
}

const CLOSES_ORIGIN = { ...cc0, note: 'Daily closes on Coinbase, column us_close_usd, as text.' };

/** The file of a token's daily closes. @param origin - where they come from, for the manifest */
export function describeCloses(
  tokenId: string,
  closes: readonly Close[],
  origin: Pick<RecordingFile, 'source' | 'licence' | 'note'>,
): RecordingEntry {
  return {
    content: formatCloses(closes),
    description: {
      path: `closes/${tokenId}.csv`,
      rows: closes.length,
      from: closes[0]?.day ?? null,
      to: closes.at(-1)?.day ?? null,
      tokenId,
      interval: 'ONE_DAY',
      currency: 'USD',
      ...origin,
    },
  };
}

/** Writes closes as `date,close`. */
export function formatCloses(closes: readonly Close[]): string {
  return formatCsv(
    ['date', 'close'],
    closes.map(({ day, close }) => [day, close]),
  );
}

/** The columns of every candle file. */
export const candleColumns = ['openTime', 'open', 'high', 'low', 'close', 'volume', 'closed'] as const;

async function readMinuteCandles(path: string): Promise<RecordingEntry> {
  const names = ['open_time', 'open', 'high', 'low', 'close', 'volume'];
  const rows = selectColumns(parseCsv(await readFile(path, 'utf8')), names).map((row) => [...row, 'true']);
  return {
    content: formatCsv(candleColumns, rows),
    description: {
      path: 'candles/bitcoin.ONE_MINUTE.csv',
      rows: rows.length,
      from: rows[0]?.[0] ?? null,
      to: rows.at(-1)?.[0] ?? null,
      tokenId: 'bitcoin',
      interval: 'ONE_MINUTE',
      currency: 'USDT',
      ...tradingSignals,
      note: 'One week of BTC/USDT, 2021-02-19 to 2021-02-25; volume in BTC. Quoted in USDT, not in USD.',
    },
  };
}

async function readDailyTable(
  folder: string,
  table: DailyTable,
): Promise<{ rows: string[][]; entry: RecordingEntry; leftOutRows: number }> {
  const parsed = parseCsv(await readFile(join(folder, table.sourceFile), 'utf8'));
  const all = selectColumns(parsed, Object.values(table.columns));
  const rows = all.filter(([date = '']) => date <= lastRecordedDay);
  return {
    rows,
    entry: {
      content: formatCsv(Object.keys(table.columns), rows),
      description: {
        path: table.path,
        rows: rows.length,
        from: rows[0]?.[0] ?? null,
        to: rows.at(-1)?.[0] ?? null,
        ...cc0,
      },
    },
    leftOutRows: all.length - rows.length,
  };
}

/** Builds the recording of real figures, with what is derived from them by arithmetic alone. */
export function buildMarketRecording(
  figures: MarketFigures,
  tokens: readonly TokenRecord[],
  retrievedAt: string,
): Recording {
  const lastDay = figures.marketDays.at(-1);
  if (lastDay?.day !== lastRecordedDay) throw new Error(`Expected market figures up to ${lastRecordedDay}.`);
  const supplies = deriveRealSupplies(lastDay, figures.closes);
  const volumes = deriveRealVolumes(figures.marketDays);
  return {
    manifest: {
      id: 'market-2017-2026',
      title: 'Bitcoin and ether in US dollars, 2017 to 2026',
      kind: 'recorded',
      licence: 'CC0-1.0 AND MIT (see LICENCES.md)',
      attribution: 'ByKaranteli crypto-datasets (CC0-1.0); trading-signals, copyright Benny Neugebauer (MIT)',
      source: 'crypto-datasets; trading-signals',
      retrievedAt,
      clock: recordingClock,
      notes: [
        'Recorded numbers are copied as text, digit by digit. Ratios in columns named Pct are percent.',
        'candles/bitcoin.ONE_MINUTE.csv holds BTC/USDT of 2021-02-19 to 2021-02-25, a week of its own.',
        "supply.json and volumes.csv are derived: supply = dominance x total market cap / close on 2026-08-07, volume = dominance x total volume of the day; maxSupply of bitcoin is the protocol's.",
      ],
      leftOut: [
        {
          what: 'rows of 2026-08-08 in market.csv, dvol.csv and perpetuals.csv',
          rows: figures.leftOutRows,
          reason: 'the day is not closed at the end of the recording',
        },
      ],
    },
    entries: [
      {
        content: formatJsonLines(tokens),
        description: {
          path: 'tokens.json',
          rows: tokens.length,
          from: null,
          to: null,
          source: '@web3icons/common',
          licence: 'MIT',
        },
      },
      ...figures.entries,
      {
        content: formatJsonLines(supplies),
        description: { path: 'supply.json', rows: supplies.length, from: null, to: null, ...derived },
      },
      {
        content: formatVolumes(volumes),
        description: {
          path: 'volumes.csv',
          rows: volumes.length,
          from: volumes[0]?.day ?? null,
          to: volumes.at(-1)?.day ?? null,
          currency: 'USD',
          ...derived,
        },
      },
    ],
  };
}

/** Writes volumes as `date,tokenId,volumeUsd`, rounded to cents. */
export function formatVolumes(volumes: ReturnType<typeof deriveRealVolumes>): string {
  return formatCsv(
    ['date', 'tokenId', 'volumeUsd'],
    volumes.map((row) => [row.day, row.tokenId, row.volumeUsd.toFixed(2)]),
  );
}
