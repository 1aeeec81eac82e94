import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { countLines } from '../imports/read-records.ts';
import type { Database } from '../storage/open-database.ts';
import type { ImportFormat } from '../storage/tables.ts';
import { type ChangeEnvironment, makeChangeOnce, type Refused } from './change.ts';
import { checkKey } from './check-fields.ts';
import { MAX_IMPORT_BYTES, MAX_OPEN_IMPORTS } from './limits.ts';
import { inputError, limitReached, Refusal, type UserError } from './user-error.ts';

/** `ImportTransactionsInput` as GraphQL hands it over. */
export interface ImportTransactionsInput {
  readonly idempotencyKey: string;
  readonly portfolioId: string;
  readonly format: ImportFormat;
  readonly content: string;
  readonly dryRun: boolean;
}

/**
 * Puts a file into the queue of imports; what is in it is looked at later.
 *
 * @returns the job's id; or refusals: NOT_FOUND, BLANK or INVALID for the content, LIMIT_REACHED while five imports
 *   of the user wait or run
 */
export function importTransactions(
  input: ImportTransactionsInput,
  environment: ChangeEnvironment,
): Promise<{ readonly id: string } | Refused> {
  const { idempotencyKey, portfolioId, format, content, dryRun } = input;
  const newId = `imp_${ulid()}`;
  const digest = createHash('sha256').update(content).digest('hex');
  return makeChangeOnce(
    environment,
    {
      idempotencyKey,
      operation: 'importTransactions',
      meaning: [portfolioId, format, digest, dryRun],
      newId,
    },
    [...checkKey(idempotencyKey), ...checkContent(content)],
    async (transaction, { id: userId }) => {
      await requirePortfolio(transaction, userId, portfolioId);
      await requireRoom(transaction, userId);
      await transaction
        .insertInto('import_jobs')
        .values({
          id: newId,
          user_id: userId,
          portfolio_id: portfolioId,
          format,
          content,
          dry_run: dryRun ? 1 : 0,
          state: 'QUEUED',
          processed_lines: 0,
          total_lines: countLines(content),
          imported_count: 0,
          duplicate_count: 0,
          created_at: environment.nowMs,
          attempts: 0,
        })
        .execute();
    },
  );
}

function checkContent(content: string): UserError[] {
  if (content.trim() === '') return [inputError('content', 'BLANK', 'The file is empty.')];
  const bytes = Buffer.byteLength(content);
  if (bytes > MAX_IMPORT_BYTES) {
    const message = `A file has at most ${MAX_IMPORT_BYTES} bytes, found ${bytes}: import it in parts.`;
    return [inputError('content', 'INVALID', message)];
  }
  // PostgreSQL's text cannot hold it, and no CSV does.
  if (content.includes('\u0000')) {
    return [inputError('content', 'INVALID', 'The file has zero characters in it: it is no text.')];
  }
  return [];
}

async function requirePortfolio(transaction: Database, userId: string, portfolioId: string): Promise<void> {
  const portfolio = await transaction
    .selectFrom('portfolios')
    .select('id')
    .where('id', '=', portfolioId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (portfolio !== undefined) return;
  throw new Refusal(inputError('portfolioId', 'NOT_FOUND', 'There is no such portfolio.'));
}

async function requireRoom(transaction: Database, userId: string): Promise<void> {
  const open = await transaction
    .selectFrom('import_jobs')
    .select('id')
    .where('user_id', '=', userId)
    .where('state', 'in', ['QUEUED', 'RUNNING'])
    .execute();
  if (open.length < MAX_OPEN_IMPORTS) return;
  throw new Refusal(limitReached(`At most ${MAX_OPEN_IMPORTS} imports wait or run at the same time.`));
}
