import { maxDrawdown } from '../metrics/max-drawdown.ts';
import { mean } from '../metrics/mean.ts';
import { simpleReturns } from '../metrics/returns.ts';
import { sharpeRatio } from '../metrics/sharpe-ratio.ts';

/** What a token is graded by. */
export interface GradeInput {
  /** Positive daily closes without a gap, ascending in time: at least 200, at most 366. */
  readonly closes: Float64Array;
  /** In tokens. */
  readonly circulatingSupply: number;
  /** In US dollars. */
  readonly volume24hUsd: number;
}

/** How many closes a token must have to be graded: as many as the longest average takes. */
export const MIN_GRADED_CLOSES = 200;
/** A year of returns. */
export const MAX_GRADED_CLOSES = 366;

const MOMENTUM_DAYS = 21;
const SHORT_AVERAGE = 21;
const LONG_AVERAGE = 200;
/** Each grade is the plain mean of its three parts: no weight was fitted to anything. */
const WEIGHT = 1 / 3;

/** A measure that goes into a grade; more is better. */
export interface GradeMeasure {
  readonly name: string;
  readonly grade: 'trader' | 'investor';
  readonly weight: number;
  /** @returns null where the measure has no value */
  readonly measure: (input: GradeInput) => number | null;
}

/** All measures, in the order in which components are told. */
export const GRADE_MEASURES: readonly GradeMeasure[] = [
  {
    /** Return of three weeks: Liu, Tsyvinski and Wu, "Common Risk Factors in Cryptocurrency", Journal of Finance, 2022. */
    name: 'momentum',
    grade: 'trader',
    weight: WEIGHT,
    measure: ({ closes }) => (closes.at(-1) as number) / (closes.at(-1 - MOMENTUM_DAYS) as number) - 1,
  },
  {
    /**
     * Moving average distance, SMA21 / SMA200 - 1: Avramov, Kaplanski and Subrahmanyam, "Moving Average Distance as
     * a Predictor of Equity Returns", Review of Financial Economics, 2021.
     */
    name: 'trend',
    grade: 'trader',
    weight: WEIGHT,
    measure: ({ closes }) => mean(closes.subarray(-SHORT_AVERAGE)) / mean(closes.subarray(-LONG_AVERAGE)) - 1,
  },
  {
    /** What was traded in a day, in US dollars: how easily a position is entered and left. */
    name: 'volume',
    grade: 'trader',
    weight: WEIGHT,
    measure: ({ volume24hUsd }) => volume24hUsd,
  },
  {
    /** Sharpe ratio over up to a year of daily returns, risk-free rate 0 (Sharpe 1994). */
    name: 'risk-adjusted return',
    grade: 'investor',
    weight: WEIGHT,
    measure: ({ closes }) => sharpeRatio(simpleReturns(closes), 0),
  },
  {
    /** Maximum drawdown over the same stretch: negative, so that a shallow one is better. */
    name: 'drawdown',
    grade: 'investor',
    weight: WEIGHT,
    measure: ({ closes }) => maxDrawdown(closes).depth,
  },
  {
    /** Market capitalisation in US dollars. */
    name: 'market standing',
    grade: 'investor',
    weight: WEIGHT,
    measure: ({ closes, circulatingSupply }) => (closes.at(-1) as number) * circulatingSupply,
  },
];
