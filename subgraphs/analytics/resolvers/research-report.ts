import { type Connection, connectionOf } from '../../shared/connection.ts';
import type { AnalyticsContext } from '../context.ts';
import { newestFirst, type ResearchReport } from '../research/research-reports.ts';
import { requireTokenIds } from './arguments.ts';

const MAX_REPORTS = 50;
const FILTERED_TOKENS = { min: 1, max: 50 };

interface ReportsArguments {
  readonly first: number;
  readonly after?: string | null;
  readonly tokenIds?: readonly string[] | null;
}

/** The type `ResearchReport`; access is checked by the directives on the type. */
export const researchReportResolvers = {
  async __resolveReference(
    { id }: { readonly id: string },
    { market }: AnalyticsContext,
  ): Promise<ResearchReport | null> {
    const { reports } = await market().universe;
    return reports.get(id) ?? null;
  },
};

/**
 * A page of reports, newest first. A cursor names a report by its id; its instant stands in for one that has gone,
 * since with a moving recording the instants of all reports move.
 */
export async function researchReports(
  _root: unknown,
  { first, after, tokenIds }: ReportsArguments,
  { market, cursors }: AnalyticsContext,
): Promise<Connection<ResearchReport>> {
  const data = market();
  const wanted =
    tokenIds == null ? undefined : new Set(requireTokenIds('tokenIds', tokenIds, FILTERED_TOKENS, data));
  const { reports } = await data.universe;
  const all = [...reports.values()];
  return connectionOf({
    items: wanted === undefined ? all : all.filter(({ token }) => wanted.has(token.id)),
    list: 'researchReports',
    positionOf: ({ id, publishedAt }) => [id, publishedAt.toISOString()],
    isAfter(report, [id = '', publishedAt = '']) {
      return newestFirst(report, reports.get(id) ?? { id, publishedAt: new Date(publishedAt) }) > 0;
    },
    cursors,
    first,
    after,
    maxFirst: MAX_REPORTS,
  });
}
