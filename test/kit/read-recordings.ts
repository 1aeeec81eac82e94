import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseCsv } from '../../scripts/recordings/csv.ts';
import type { Close } from '../../scripts/recordings/price-model.ts';
import type { RecordingFile, RecordingManifest } from '../../scripts/recordings/recording.ts';
import type { TokenRecord } from '../../scripts/recordings/token-registry.ts';

/** The folder of all subgraphs. */
export const subgraphs = resolve(import.meta.dirname, '../../subgraphs');
/** The recording of real figures. */
export const market = join(subgraphs, 'price/recordings/market-2017-2026');
/** The synthetic recording. */
export const universe = join(subgraphs, 'price/recordings/universe-synthetic');
/** The recording of headlines. */
export const news = join(subgraphs, 'news/recordings/us-government-2026');
/** The demo accounts. */
export const demo = join(subgraphs, 'portfolio/demo');
/** A decimal without sign, exponent or superfluous zeros in front. */
export const plainDecimal = /^(?:0|[1-9]\d*)(?:\.\d+)?$/u;

/** A manifest as it stands in the file. */
export type Manifest = RecordingManifest & { readonly files: readonly RecordingFile[] };

/** Reads a JSON file of a set. */
export async function readJson<T>(folder: string, path: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, path), 'utf8')) as T;
}

/** Reads the manifest of a recording. */
export const readManifest = (folder: string): Promise<Manifest> => readJson(folder, 'manifest.json');

/** Reads a CSV file of a set as records by column. */
export async function readRows(folder: string, path: string): Promise<Record<string, string>[]> {
  const { columns, rows } = parseCsv(await readFile(join(folder, path), 'utf8'));
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? ''])));
}

/** Reads a token's closes from a set. */
export async function readCloses(folder: string, tokenId: string): Promise<Close[]> {
  const rows = await readRows(folder, `closes/${tokenId}.csv`);
  return rows.map(({ date = '', close = '' }) => ({ day: date, close }));
}

/** Reads the tokens of both price sets. */
export async function readAllTokens(): Promise<TokenRecord[]> {
  const lists = await Promise.all(
    [market, universe].map((set) => readJson<TokenRecord[]>(set, 'tokens.json')),
  );
  return lists.flat();
}
