import { createHash } from 'node:crypto';
import type { TokenRecord } from '../../shared/market-copy.ts';
import { type CloseTable, closeInstantMs, type DailyCloses } from '../market/close-table.ts';
import { lazy } from '../market/lazy.ts';
import { reportBody, reportHeadline } from './report-text.ts';
import { type TrendReversal, trendReversals } from './trend-reversals.ts';

/** Names what reports are written of and the template; part of their ids. */
export const REPORT_MODEL = 'trend-reversal/1';

const REPORT_DAYS = 365;
const ID_BYTES = 15;

/** The type `ResearchReport` of the SDL. */
export interface ResearchReport {
  readonly id: string;
  readonly title: string;
  readonly token: { readonly id: string };
  readonly summary: string;
  /** Written when it is first read. */
  readonly body: () => string;
  readonly generated: true;
  readonly publishedAt: Date;
}

/** What reports are written from. */
export interface ReportSources {
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  readonly closes: CloseTable;
}

/**
 * Writes reports: one of each reversal of a token's trend in the last 365 closed days, published at that day's close.
 *
 * @returns newest first, after many short steps
 */
export function* writeReports({
  tokens,
  closes,
}: ReportSources): Generator<undefined, readonly ResearchReport[]> {
  const reports: ResearchReport[] = [];
  for (const token of tokens.values()) {
    yield;
    const daily = closes.get(token.id);
    if (daily === undefined) continue;
    for (const reversal of trendReversals(daily, closes.lastDay + 1 - REPORT_DAYS, closes.lastDay)) {
      const subject = { token, daily, closes, reversal };
      reports.push({
        id: reportId(token.id, daily, reversal),
        ...reportHeadline(subject),
        token: { id: token.id },
        body: lazy(() => reportBody(subject)),
        generated: true,
        publishedAt: new Date(closeInstantMs(reversal.day)),
      });
    }
  }
  return reports.sort(newestFirst);
}

/** The order of reports: newest first, those of one instant by id. */
export function newestFirst(
  a: Pick<ResearchReport, 'id' | 'publishedAt'>,
  b: Pick<ResearchReport, 'id' | 'publishedAt'>,
): number {
  return b.publishedAt.getTime() - a.publishedAt.getTime() || (a.id < b.id ? -1 : Number(a.id > b.id));
}

/**
 * An id that rests on the token and the closes that led to the report, not on dates: a recording that is moved by
 * whole days keeps its reports.
 */
function reportId(tokenId: string, daily: DailyCloses, { averagedDays }: TrendReversal): string {
  const closes = averagedDays.map((day) => daily.textAt(day));
  const digest = createHash('sha256')
    .update(JSON.stringify([REPORT_MODEL, tokenId, closes]))
    .digest();
  return `report_${digest.subarray(0, ID_BYTES).toString('base64url')}`;
}
