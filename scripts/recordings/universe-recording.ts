import { formatCsv } from './csv.ts';
import { Decimal } from './decimal.ts';
import type { VolumeRow } from './market-model.ts';
import { makeSupplies, makeVolumes } from './market-model.ts';
import type { MarketFigures } from './market-recording.ts';
import { candleColumns, describeCloses, formatVolumes } from './market-recording.ts';
import type { Close, PriceProfile } from './price-model.ts';
import {
  createPriceProfile,
  hourlyDayCount,
  makeDailyCloses,
  makeHourlyCandles,
  universeSeed,
} from './price-model.ts';
import type { Recording, RecordingEntry } from './recording.ts';
import { formatJsonLines, lastRecordedDay, recordingClock } from './recording.ts';
import type { TokenRecord, TokenRegistry } from './token-registry.ts';
import { daysEndingAt } from './utc-day.ts';

const synthetic = { source: 'synthetic', licence: 'MIT' };

/** The synthetic recording, with the closes by token that demo ledgers take their prices from. */
export interface UniverseRecording {
  readonly recording: Recording;
  readonly closesByTokenId: ReadonlyMap<string, readonly Close[]>;
}

/**
 * Builds the synthetic universe: real names and contracts, prices of a one-factor model on bitcoin's real
 * returns, caps and volumes that add up to the recorded market.
 */
export function buildUniverseRecording(
  registry: TokenRegistry,
  figures: MarketFigures,
  retrievedAt: string,
): UniverseRecording {
  const tokens = registry.tokens.filter((token) => !(token.id in figures.closes));
  const closesByTokenId = makeAllCloses(tokens, figures.closes.bitcoin);
  const closesOf = (tokenId: string): readonly Close[] => closesByTokenId.get(tokenId) ?? [];
  const priced = tokens.filter((token) => token.status === 'ACTIVE');
  const lastDay = figures.marketDays.at(-1);
  if (lastDay === undefined) throw new Error('Expected at least one recorded day of the market.');
  const supplies = makeSupplies(priced, closesOf, lastDay);
  const volumes = makeVolumes(priced, closesOf, supplies, figures.marketDays);
  const packages = { source: registry.sources.join('; '), licence: 'MIT' };
  const list = (path: string, records: readonly unknown[], origin: typeof packages): RecordingEntry => ({
    content: formatJsonLines(records),
    description: { path, rows: records.length, from: null, to: null, ...origin },
  });
  return {
    closesByTokenId,
    recording: {
      manifest: describeSet(registry, retrievedAt),
      entries: [
        list('tokens.json', tokens, packages),
        list('deployments.json', registry.deployments, packages),
        list('chains.json', registry.chains, packages),
        list('supply.json', supplies, synthetic),
        describeVolumes(volumes),
        ...[...closesByTokenId].map(([tokenId, closes]) => describeCloses(tokenId, closes, synthetic)),
        ...priced.map((token) => makeCandleEntry(createPriceProfile(token), closesOf(token.id), volumes)),
      ],
    },
  };
}

function describeSet(registry: TokenRegistry, retrievedAt: string): Recording['manifest'] {
  return {
    id: 'universe-synthetic',
    title: 'A synthetic universe of tokens around the real bitcoin',
    kind: 'recorded',
    licence: 'MIT',
    attribution: `Ids, symbols, names, contracts, chains: ${registry.sources.join(', ')} (MIT). All figures are synthetic.`,
    source: 'synthetic',
    retrievedAt,
    clock: recordingClock,
    notes: [
      'Prices, supplies, volumes and states (INACTIVE, UNTRACKED) are made by a model and say nothing about the real tokens of these names.',
      'deployments.json and chains.json cover bitcoin and ethereum too. Assets whose id is not lower-case by nature (Solana, TON and TRON contracts) and contracts whose decimals the sources do not give are left out.',
      'Market caps of this set and of market-2017-2026 add up to the recorded total of 2026-08-07.',
    ],
    leftOut: [],
    model: { name: 'one-factor on bitcoin simple returns', version: 1, seed: universeSeed },
  };
}

function makeAllCloses(
  tokens: readonly TokenRecord[],
  bitcoinCloses: readonly Close[],
): Map<string, readonly Close[]> {
  const profiles = tokens.filter((token) => token.status !== 'UNTRACKED').map(createPriceProfile);
  const closes = new Map<string, readonly Close[]>();
  const followsLast = profiles.toSorted((a, b) => Number(isFollower(a)) - Number(isFollower(b)));
  for (const profile of followsLast) {
    const peg = isFollower(profile) ? closes.get(profile.peg.tokenId) : undefined;
    closes.set(profile.tokenId, makeDailyCloses(profile, bitcoinCloses, peg));
  }
  return closes;
}

function isFollower(profile: PriceProfile): profile is PriceProfile & { readonly peg: { tokenId: string } } {
  return typeof profile.peg === 'object';
}

function describeVolumes(volumes: readonly VolumeRow[]): RecordingEntry {
  const byDay = volumes.toSorted((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day)));
  return {
    content: formatVolumes(byDay),
    description: {
      path: 'volumes.csv',
      rows: byDay.length,
      from: byDay[0]?.day ?? null,
      to: byDay.at(-1)?.day ?? null,
      currency: 'USD',
      ...synthetic,
    },
  };
}

function makeCandleEntry(
  profile: PriceProfile,
  closes: readonly Close[],
  volumes: readonly VolumeRow[],
): RecordingEntry {
  const closeOn = new Map(closes.map(({ day, close }) => [day, close]));
  const volumeOn = new Map(
    volumes.filter((row) => row.tokenId === profile.tokenId).map((row) => [row.day, row.volumeUsd]),
  );
  const dayVolumes = daysEndingAt(lastRecordedDay, hourlyDayCount).map((day) => {
    const close = closeOn.get(day);
    const volumeUsd = volumeOn.get(day);
    if (close === undefined || volumeUsd === undefined) {
      throw new Error(`Expected a close and a volume of ${profile.tokenId} on ${day}.`);
    }
    return { day, tokens: new Decimal(volumeUsd).dividedBy(close).toNumber() };
  });
  const rows = makeHourlyCandles(profile, closes, dayVolumes);
  return {
    content: formatCsv(candleColumns, rows),
    description: {
      path: `candles/${profile.tokenId}.ONE_HOUR.csv`,
      rows: rows.length,
      from: rows[0]?.[0] ?? null,
      to: rows.at(-1)?.[0] ?? null,
      tokenId: profile.tokenId,
      interval: 'ONE_HOUR',
      currency: 'USD',
      ...synthetic,
    },
  };
}
