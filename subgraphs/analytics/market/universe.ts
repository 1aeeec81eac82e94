import { type ReportSources, type ResearchReport, writeReports } from '../research/research-reports.ts';
import { INDEX_RULES } from './index-rules.ts';
import { computeIndex, type IndexSources, type MarketIndex } from './market-index.ts';
import { type GradeSources, gradeTokens, type TokenGrades } from './token-grades.ts';

/** Figures of one version of the market that rest on all tokens at once. */
export interface Universe {
  /** By token id. */
  readonly grades: ReadonlyMap<string, TokenGrades>;
  /** By id of the index; those that had enough tokens, in the order of the rules. */
  readonly indices: ReadonlyMap<string, MarketIndex>;
  /** By id of the report, newest first. */
  readonly reports: ReadonlyMap<string, ResearchReport>;
}

/** Computes what rests on all tokens, in many short steps. */
export function* computeUniverse(
  sources: GradeSources & IndexSources & ReportSources,
): Generator<undefined, Universe> {
  const grades = yield* gradeTokens(sources);
  const indices = new Map<string, MarketIndex>();
  for (const rule of INDEX_RULES) {
    const index = yield* computeIndex(rule, sources);
    if (index !== undefined) indices.set(rule.id, index);
  }
  const reports = yield* writeReports(sources);
  return { grades, indices, reports: new Map(reports.map((report) => [report.id, report])) };
}
