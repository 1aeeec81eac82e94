import type { TokenRecord } from '../../shared/market-copy.ts';
import { percentileRank } from '../metrics/percentile-rank.ts';
import { type CloseTable, closeInstantMs, type DailyCloses, type DayNumber } from './close-table.ts';
import {
  GRADE_MEASURES,
  type GradeInput,
  type GradeMeasure,
  MAX_GRADED_CLOSES,
  MIN_GRADED_CLOSES,
} from './grade-measures.ts';
import type { MarketTable } from './market-table.ts';

/** Names the measures, their weights and the ranking; changes with any of them. */
export const GRADE_MODEL = 'percentile-ranks/1';

/** The type `TokenGrades` of the SDL; scores and grades are 0 to 100. */
export interface TokenGrades {
  readonly traderGrade: number;
  readonly traderGradeChange24h: number | null;
  readonly investorGrade: number;
  readonly investorGradeChange24h: number | null;
  readonly components: readonly GradeComponent[];
  readonly modelVersion: string;
  readonly asOf: Date;
}

export interface GradeComponent {
  readonly name: string;
  readonly score: number;
  readonly weight: number;
}

/** What grades are made of. */
export interface GradeSources {
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  readonly closes: CloseTable;
  readonly latest: MarketTable;
}

/**
 * Grades all tokens at the last closed day. A score is the percentile rank of a measure among all graded tokens; a
 * grade is the weighted sum of its scores. Changes compare with the grades of the day before, of which supply and
 * volume are not known: the latest ones count for both days.
 *
 * @returns by token id, after many short steps; active tokens with 200 closes without a gap, supply and volume
 */
export function* gradeTokens(sources: GradeSources): Generator<undefined, ReadonlyMap<string, TokenGrades>> {
  const { lastDay } = sources.closes;
  const before = yield* gradesAt(sources, lastDay - 1);
  const now = yield* gradesAt(sources, lastDay);
  const grades = new Map<string, TokenGrades>();
  for (const [tokenId, { trader, investor, components }] of now) {
    const dayBefore = before.get(tokenId);
    grades.set(tokenId, {
      traderGrade: trader,
      traderGradeChange24h: dayBefore === undefined ? null : trader - dayBefore.trader,
      investorGrade: investor,
      investorGradeChange24h: dayBefore === undefined ? null : investor - dayBefore.investor,
      components,
      modelVersion: GRADE_MODEL,
      asOf: new Date(closeInstantMs(lastDay)),
    });
  }
  return grades;
}

interface DayGrades {
  readonly trader: number;
  readonly investor: number;
  readonly components: readonly GradeComponent[];
}

function* gradesAt(
  { tokens, closes, latest }: GradeSources,
  day: DayNumber,
): Generator<undefined, Map<string, DayGrades>> {
  const measured = new Map<string, readonly number[]>();
  for (const { id, status } of tokens.values()) {
    yield;
    const daily = closes.get(id);
    const circulatingSupply = latest.circulatingSupplyOf(id);
    const volume24hUsd = latest.volume24hUsdOf(id);
    if (status !== 'ACTIVE' || daily === undefined) continue;
    if (circulatingSupply === undefined || volume24hUsd === undefined) continue;
    const stretch = stretchUpTo(daily, day);
    if (stretch.length < MIN_GRADED_CLOSES) continue;
    const values = measureAll({ closes: stretch, circulatingSupply, volume24hUsd });
    if (values !== undefined) measured.set(id, values);
  }
  const columns = GRADE_MEASURES.map((_, column) =>
    Float64Array.from(measured.values(), (values) => values[column] as number).sort(),
  );
  const grades = new Map<string, DayGrades>();
  for (const [id, values] of measured) {
    const components = GRADE_MEASURES.map(({ name, weight }, column) => ({
      name,
      weight,
      score: percentileRank(columns[column] as Float64Array, values[column] as number),
    }));
    const gradeOf = (grade: GradeMeasure['grade']) =>
      components.reduce(
        (sum, { score, weight }, column) =>
          GRADE_MEASURES[column]?.grade === grade ? sum + score * weight : sum,
        0,
      );
    grades.set(id, { trader: gradeOf('trader'), investor: gradeOf('investor'), components });
  }
  return grades;
}

/** @returns undefined when one of the measures has no value */
function measureAll(input: GradeInput): readonly number[] | undefined {
  const values = GRADE_MEASURES.map(({ measure }) => measure(input));
  return values.every((value) => value !== null) ? values : undefined;
}

/** The closes of the longest stretch without a gap that ends with a day, at most a year and a day long. */
function stretchUpTo(daily: DailyCloses, day: DayNumber): Float64Array {
  let firstDay = day + 1;
  while (day + 1 - firstDay < MAX_GRADED_CLOSES && daily.numberAt(firstDay - 1) > 0) firstDay--;
  return Float64Array.from({ length: day + 1 - firstDay }, (_, index) => daily.numberAt(firstDay + index));
}
