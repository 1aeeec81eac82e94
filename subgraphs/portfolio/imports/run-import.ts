import type { Selectable } from 'kysely';
import type { MarketPrices } from '../market/market-prices.ts';
import { touchPortfolio } from '../mutations/touch-portfolio.ts';
import { insertInChunks } from '../storage/insert-in-chunks.ts';
import { rowOf, transactionOf } from '../storage/ledger-rows.ts';
import { lockUser } from '../storage/lock-user.ts';
import type { Database } from '../storage/open-database.ts';
import { writePositions } from '../storage/position-rows.ts';
import type { ImportFormat, ImportJobTable, ImportState, PortfolioTable } from '../storage/tables.ts';
import { type FileContent, issueAt, type LineIssue, UnreadableFile } from './entry-draft.ts';
import { type Placement, placeDrafts } from './place-drafts.ts';
import { readCoinbase } from './read-coinbase.ts';
import { readGeneric } from './read-generic.ts';
import { readKraken } from './read-kraken.ts';
import { type CsvRecord, readRecords } from './read-records.ts';
import { createTokenFinder, type ResolvedDraft, resolveDrafts } from './resolve-drafts.ts';

export type ImportJobRow = Selectable<ImportJobTable>;

/** Issues that are kept of one import. */
const MAX_ISSUES = 100;

const readers: Readonly<
  Record<ImportFormat, (records: readonly CsvRecord[], baseCurrency: string) => FileContent>
> = {
  GENERIC_CSV: readGeneric,
  COINBASE_CSV: readCoinbase,
  KRAKEN_LEDGERS_CSV: readKraken,
};

export interface RunImportOptions {
  readonly database: Database;
  readonly marketPrices: MarketPrices;
  /** The platform's time, in milliseconds. */
  readonly now: () => number;
  /** Tells that the job is still under way, and how many lines are read. @throws when somebody else has taken it */
  readonly report: (processedLines: number) => Promise<void>;
}

/** Somebody else has the job, or the portfolio is gone: there is nothing to be done any more. */
export class ImportLost extends Error {
  override readonly name = 'ImportLost';
}

interface Checked {
  readonly resolved: readonly ResolvedDraft[];
  readonly issues: readonly LineIssue[];
}

/**
 * Runs an import: reads and checks the file, then enters what is good and says what is not, in one transaction. Until
 * that is kept nothing of the import can be seen but its progress.
 *
 * @param job - that this process has claimed
 * @throws ImportLost; faults of the tables
 */
export async function runImport(job: ImportJobRow, options: RunImportOptions): Promise<void> {
  const checked = await check(job, options);
  await options.report(job.total_lines);
  await options.database.transaction().execute(async (transaction) => {
    await lockUser(transaction, job.user_id);
    const placement = await place(transaction, job, checked, options.now());
    const issues = [...checked.issues, ...placement.issues];
    await finish(transaction, job, { ...placement, issues, nowMs: options.now() });
    if (job.dry_run === 1 || placement.entries.length === 0) return;
    await insertInChunks(transaction, 'ledger_entries', placement.entries.map(rowOf));
    const { user_id: userId, portfolio_id: portfolioId } = job;
    const portfolio = await touchPortfolio(transaction, { userId, portfolioId, nowMs: options.now() });
    if (portfolio !== undefined) await writePositions(transaction, portfolio, placement.positions.values());
  });
}

async function check(job: ImportJobRow, options: RunImportOptions): Promise<Checked> {
  const { database, marketPrices, now, report } = options;
  try {
    const portfolio = await readPortfolio(database, job);
    const records = await readRecords(job.content ?? '', report);
    const { drafts, issues } = readers[job.format](records, portfolio.base_currency);
    const tokens = await createTokenFinder(database);
    const checked = await resolveDrafts(drafts, { portfolio, tokens, marketPrices, nowMs: now() });
    return { resolved: checked.resolved, issues: [...issues, ...checked.issues] };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { resolved: [], issues: [issueAt(1, error.message)] };
  }
}

async function place(
  transaction: Database,
  job: ImportJobRow,
  { resolved }: Checked,
  nowMs: number,
): Promise<Placement> {
  const portfolio = await readPortfolio(transaction, job);
  const rows = await transaction
    .selectFrom('ledger_entries')
    .selectAll()
    .where('portfolio_id', '=', portfolio.id)
    .execute();
  try {
    return placeDrafts(resolved, rows.map(transactionOf), portfolio, nowMs);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { entries: [], positions: new Map(), duplicateCount: 0, issues: [issueAt(1, error.message)] };
  }
}

async function readPortfolio(
  database: Database,
  { portfolio_id }: ImportJobRow,
): Promise<Selectable<PortfolioTable>> {
  const portfolio = await database
    .selectFrom('portfolios')
    .selectAll()
    .where('id', '=', portfolio_id)
    .executeTakeFirst();
  if (portfolio === undefined) throw new ImportLost('The portfolio is gone.');
  return portfolio;
}

/** Ends a job that this process still has; the transaction fails when it has not. */
async function finish(
  transaction: Database,
  job: ImportJobRow,
  { entries, duplicateCount, issues, nowMs }: Placement & { readonly nowMs: number },
): Promise<void> {
  const finished = await transaction
    .updateTable('import_jobs')
    .set({
      state: stateOf(entries.length + duplicateCount, issues.length),
      content: null,
      processed_lines: job.total_lines,
      imported_count: entries.length,
      duplicate_count: duplicateCount,
      finished_at: nowMs,
      runner_id: null,
      leased_until: null,
    })
    .where('id', '=', job.id)
    .where('runner_id', '=', job.runner_id)
    .returning('id')
    .executeTakeFirst();
  if (finished === undefined) throw new ImportLost('Another process has the job.');
  const kept = issues.toSorted((a, b) => a.line - b.line).slice(0, MAX_ISSUES);
  await insertInChunks(
    transaction,
    'import_issues',
    kept.map(({ line, message, candidateIds }, position) => ({
      job_id: job.id,
      position,
      line,
      message,
      candidates: JSON.stringify(candidateIds),
    })),
  );
}

/** What is in the ledger already counts as done. */
function stateOf(doneCount: number, issueCount: number): ImportState {
  if (issueCount === 0) return 'SUCCEEDED';
  return doneCount > 0 ? 'PARTIALLY_SUCCEEDED' : 'FAILED';
}
