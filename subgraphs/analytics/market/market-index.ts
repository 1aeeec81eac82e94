import { DAY_MS } from '../../shared/clock.ts';
import type { TokenRecord } from '../../shared/market-copy.ts';
import { type CloseTable, closeInstantMs, type DailyCloses, type DayNumber } from './close-table.ts';
import type { IndexRule } from './index-rules.ts';
import type { MarketTable } from './market-table.ts';

const BASE_LEVEL = 1000;

/** The type `MarketIndex` of the SDL. */
export interface MarketIndex {
  readonly id: string;
  readonly name: string;
  readonly methodology: string;
  /** At the last closed day. */
  readonly level: number;
  /** A fraction; null on the day on which the index begins. */
  readonly change24h: number | null;
  /** Largest weight first; weights add up to 1. */
  readonly constituents: readonly { readonly token: { readonly id: string }; readonly weight: number }[];
  readonly rebalancedAt: Date;
  /** The end of the last closed day. */
  readonly asOf: Date;
}

/** What indices are made of. */
export interface IndexSources {
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  readonly closes: CloseTable;
  readonly latest: MarketTable;
}

/** A token that an index may hold. */
interface Candidate {
  readonly id: string;
  readonly daily: DailyCloses;
  readonly circulatingSupply: number;
}

/** A token that an index holds, from one rebalancing to the next. */
interface Constituent extends Candidate {
  readonly quantity: number;
  /** The close of the day, or of the last day that had one. */
  close: number;
}

/**
 * Computes an index over all closed days. From one rebalancing to the next
 *
 * level_t = Σ q_i P_(i,t) / D,
 *
 * with quantities q fixed at the rebalancing and the divisor D set so that the level is the same with the quantities
 * before and after it (S&P Dow Jones Indices, "Index Mathematics Methodology"). Quantities are circulating supplies
 * for weights by market capitalisation, and 1 / P_i for equal weights.
 *
 * @returns after many short steps; undefined when there never were enough tokens
 */
export function* computeIndex(
  { id, name, methodology, size, weighting, isEligible }: IndexRule,
  sources: IndexSources,
): Generator<undefined, MarketIndex | undefined> {
  const candidates = candidatesOf(sources, isEligible);
  const { lastDay } = sources.closes;
  let constituents: readonly Constituent[] = [];
  let divisor = 1;
  let level = BASE_LEVEL;
  let levelBefore: number | undefined;
  let rebalancedOn: DayNumber | undefined;
  for (let day = firstDayOf(candidates); day <= lastDay; day++) {
    if (rebalancedOn !== undefined) {
      levelBefore = level;
      level = valueAt(constituents, day) / divisor;
    }
    if (!isLastOfMonth(day)) continue;
    yield;
    const chosen = chooseConstituents(candidates, { day, size, weighting });
    if (chosen === undefined) continue;
    constituents = chosen;
    divisor = valueAt(constituents, day) / level;
    rebalancedOn = day;
  }
  if (rebalancedOn === undefined) return undefined;
  return {
    id,
    name,
    methodology,
    level,
    change24h: levelBefore === undefined ? null : level / levelBefore - 1,
    constituents: weightsOf(constituents),
    rebalancedAt: new Date(closeInstantMs(rebalancedOn)),
    asOf: new Date(closeInstantMs(lastDay)),
  };
}

function candidatesOf(
  { tokens, closes, latest }: IndexSources,
  isEligible: IndexRule['isEligible'],
): Candidate[] {
  return [...tokens.values()].filter(isEligible).flatMap(({ id }) => {
    const daily = closes.get(id);
    const circulatingSupply = latest.circulatingSupplyOf(id) ?? 0;
    return daily === undefined || circulatingSupply === 0 ? [] : [{ id, daily, circulatingSupply }];
  });
}

function firstDayOf(candidates: readonly Candidate[]): DayNumber {
  return candidates.reduce((first, { daily }) => Math.min(first, daily.firstDay), Number.POSITIVE_INFINITY);
}

function isLastOfMonth(day: DayNumber): boolean {
  return new Date((day + 1) * DAY_MS).getUTCDate() === 1;
}

/** @returns undefined when fewer tokens have a close on the day than the index holds */
function chooseConstituents(
  candidates: readonly Candidate[],
  { day, size, weighting }: Pick<IndexRule, 'size' | 'weighting'> & { readonly day: DayNumber },
): readonly Constituent[] | undefined {
  const priced = candidates
    .map((candidate) => ({ ...candidate, close: candidate.daily.numberAt(day) }))
    .filter(({ close }) => close > 0);
  if (priced.length < size) return undefined;
  const marketCapOf = ({ circulatingSupply, close }: (typeof priced)[number]) => circulatingSupply * close;
  return priced
    .sort((a, b) => marketCapOf(b) - marketCapOf(a) || (a.id < b.id ? -1 : 1))
    .slice(0, size)
    .map((token) => ({
      ...token,
      quantity: weighting === 'EQUAL' ? 1 / token.close : token.circulatingSupply,
    }));
}

/** The value of what the index holds at a day's closes. */
function valueAt(constituents: readonly Constituent[], day: DayNumber): number {
  let value = 0;
  for (const constituent of constituents) {
    const close = constituent.daily.numberAt(day);
    if (close > 0) constituent.close = close;
    value += constituent.quantity * constituent.close;
  }
  return value;
}

function weightsOf(constituents: readonly Constituent[]): MarketIndex['constituents'] {
  const value = constituents.reduce((sum, { quantity, close }) => sum + quantity * close, 0);
  return constituents
    .map(({ id, quantity, close }) => ({ token: { id }, weight: (quantity * close) / value }))
    .sort((a, b) => b.weight - a.weight || (a.token.id < b.token.id ? -1 : 1));
}
