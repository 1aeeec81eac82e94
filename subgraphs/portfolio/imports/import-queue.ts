import { randomUUID } from 'node:crypto';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Logger } from 'pino';
import type { MarketPrices } from '../market/market-prices.ts';
import { lockUser } from '../storage/lock-user.ts';
import type { Database } from '../storage/open-database.ts';
import type { Tables } from '../storage/tables.ts';
import { type ImportJobRow, ImportLost, runImport } from './run-import.ts';

/**
 * How long a process that does not report keeps its job. What is entered is guarded by the lock of the user's row,
 * so that a slow process that loses its job here loses time only.
 */
const LEASE_MS = 5_000;
/** How often jobs of processes that died, or of other processes, are looked for. */
const LOOK_MS = 2_000;
/** How long imports wait for market prices; then those that need none go on without. */
const PRICES_TIMEOUT_MS = 30_000;
/** A job that was begun so often and never ended is given up: it may be what ends the processes. */
const MAX_ATTEMPTS = 5;

export interface ImportQueueOptions {
  readonly database: Database;
  readonly marketPrices: MarketPrices;
  /** The platform's time, in milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
  /** Whether other processes use the same tables: without them every job that runs was left by an earlier start. */
  readonly isShared: boolean;
  /** Settles when market prices are known: an import that begins before would miss them. */
  readonly pricesKnown: Promise<unknown>;
  /** The time that leases are measured in, in milliseconds. */
  readonly systemNow?: () => number;
}

/** Runs imports in the background, one after the other in this process and at most one for a portfolio in all. */
export interface ImportQueue {
  /** Looks for a job now; one may have come. */
  wake(): void;
  /** Ends after the job that runs. */
  close(): Promise<void>;
}

/** Starts to run imports, those first that an earlier process left. */
export async function startImportQueue(options: ImportQueueOptions): Promise<ImportQueue> {
  const { database, log, isShared, systemNow = Date.now } = options;
  const runnerId = randomUUID();
  let isClosed = false;
  let isStarted = false;
  let work: Promise<void> | undefined;
  let isWoken = false;
  if (!isShared) await freeJobs(database);

  const runAll = async (): Promise<void> => {
    while (!isClosed) {
      const job = await claimJob(database, runnerId, systemNow());
      if (job === undefined) return;
      if (job.attempts > MAX_ATTEMPTS) await giveUp(database, job, options.now());
      else await run(job);
    }
  };
  const run = async (job: ImportJobRow): Promise<void> => {
    try {
      const report = (lines: number) => extendLease(database, job, lines, systemNow());
      await runImport(job, { ...options, report });
      log.info({ job: job.id }, 'an import has ended');
    } catch (error) {
      if (error instanceof ImportLost)
        return log.warn({ job: job.id, reason: error.message }, 'an import is gone');
      // The lease runs out, and then it is begun again.
      log.error({ err: error, job: job.id }, 'an import failed');
    }
  };
  const wake = (): void => {
    isWoken = true;
    if (isClosed || !isStarted || work !== undefined) return;
    isWoken = false;
    work = runAll()
      .catch((error) => log.error({ err: error }, 'imports cannot be looked for'))
      .finally(() => {
        work = undefined;
        if (isWoken) wake();
      });
  };
  const timer = setInterval(wake, LOOK_MS);
  timer.unref();
  const start = (): void => {
    isStarted = true;
    wake();
  };
  const deadline = setTimeout(start, PRICES_TIMEOUT_MS);
  deadline.unref();
  void options.pricesKnown.then(start).finally(() => clearTimeout(deadline));
  return {
    wake,
    async close() {
      isClosed = true;
      clearInterval(timer);
      clearTimeout(deadline);
      await work;
    },
  };
}

/** Frees the jobs of an earlier start: with tables of its own, this process knows that nobody runs them. */
async function freeJobs(database: Database): Promise<void> {
  await database.updateTable('import_jobs').set({ leased_until: 0 }).where('state', '=', 'RUNNING').execute();
}

/** Claims the oldest job that nobody has, of a portfolio of which none runs. */
async function claimJob(
  database: Database,
  runnerId: string,
  nowMs: number,
): Promise<ImportJobRow | undefined> {
  const candidate = await database
    .selectFrom('import_jobs')
    .select(['id', 'user_id', 'portfolio_id'])
    .where((builder) => isFree(builder, nowMs))
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('import_jobs as other')
            .select('other.id')
            .whereRef('other.portfolio_id', '=', 'import_jobs.portfolio_id')
            .where('other.state', '=', 'RUNNING')
            .where('other.leased_until', '>', nowMs),
        ),
      ),
    )
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (candidate === undefined) return undefined;
  return database.transaction().execute(async (transaction) => {
    // Claims of one user's jobs are made one after the other: what was free is looked at again.
    await lockUser(transaction, candidate.user_id);
    const running = await transaction
      .selectFrom('import_jobs')
      .select('id')
      .where('portfolio_id', '=', candidate.portfolio_id)
      .where('state', '=', 'RUNNING')
      .where('leased_until', '>', nowMs)
      .executeTakeFirst();
    if (running !== undefined) return undefined;
    return transaction
      .updateTable('import_jobs')
      .set(({ eb }) => ({
        state: 'RUNNING',
        runner_id: runnerId,
        leased_until: nowMs + LEASE_MS,
        attempts: eb('attempts', '+', 1),
        processed_lines: 0,
      }))
      .where('id', '=', candidate.id)
      .where((builder) => isFree(builder, nowMs))
      .returningAll()
      .executeTakeFirst();
  });
}

function isFree(builder: ExpressionBuilder<Tables, 'import_jobs'>, nowMs: number): Expression<SqlBool> {
  return builder.or([
    builder('state', '=', 'QUEUED'),
    builder.and([builder('state', '=', 'RUNNING'), builder('leased_until', '<=', nowMs)]),
  ]);
}

async function extendLease(
  database: Database,
  job: ImportJobRow,
  processedLines: number,
  nowMs: number,
): Promise<void> {
  const kept = await database
    .updateTable('import_jobs')
    .set({ processed_lines: processedLines, leased_until: nowMs + LEASE_MS })
    .where('id', '=', job.id)
    .where('runner_id', '=', job.runner_id)
    .returning('id')
    .executeTakeFirst();
  if (kept === undefined) throw new ImportLost('Another process has the job, or it was deleted.');
}

async function giveUp(database: Database, job: ImportJobRow, nowMs: number): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('import_jobs')
      .set({ state: 'FAILED', content: null, finished_at: nowMs, runner_id: null, leased_until: null })
      .where('id', '=', job.id)
      .where('runner_id', '=', job.runner_id)
      .execute();
    await transaction
      .insertInto('import_issues')
      .values({
        job_id: job.id,
        position: 0,
        line: 1,
        message: `The import was begun ${MAX_ATTEMPTS} times and never ended; nothing was entered.`,
        candidates: '[]',
      })
      .execute();
  });
}
