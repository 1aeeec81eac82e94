import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { TransactionType } from '../ledger/entry.ts';
import { type Transaction, transactionOf } from './ledger-rows.ts';
import type { Database } from './open-database.ts';
import type { Tables } from './tables.ts';

/** Which entries of a ledger; all given conditions must hold. */
export interface TransactionConditions {
  readonly portfolioId: string;
  readonly tokenIds?: readonly string[] | undefined;
  readonly types?: readonly TransactionType[] | undefined;
  /** Inclusive, in milliseconds. */
  readonly executedFromMs?: number | undefined;
  /** Exclusive, in milliseconds. */
  readonly executedBeforeMs?: number | undefined;
}

/** A place in a ledger that is read newest first. */
export interface LedgerPosition {
  readonly executedAtMs: number;
  readonly sequence: number;
}

type Builder = ExpressionBuilder<Tables, 'ledger_entries'>;

/** Reads entries newest first, by time and then by order of entry, that come after a position. */
export async function readTransactions(
  database: Database,
  conditions: TransactionConditions,
  limit: number,
  after?: LedgerPosition,
): Promise<Transaction[]> {
  const rows = await database
    .selectFrom('ledger_entries')
    .selectAll()
    .where((builder) =>
      builder.and([matches(builder, conditions), ...(after ? [follows(builder, after)] : [])]),
    )
    .orderBy('executed_at', 'desc')
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute();
  return rows.map(transactionOf);
}

/** Whether a matching entry stands at a position or before it, read newest first. */
export async function hasTransactionUpTo(
  database: Database,
  conditions: TransactionConditions,
  position: LedgerPosition,
): Promise<boolean> {
  const row = await database
    .selectFrom('ledger_entries')
    .select('id')
    .where((builder) => builder.and([matches(builder, conditions), builder.not(follows(builder, position))]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many entries match. */
export async function countTransactions(
  database: Database,
  conditions: TransactionConditions,
): Promise<number> {
  const { count } = await database
    .selectFrom('ledger_entries')
    .select(({ fn }) => fn.countAll().as('count'))
    .where((builder) => matches(builder, conditions))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Reads entries by id, those of one user alone; another's are as if absent. */
export async function readTransactionsOfUser(
  database: Database,
  userId: string,
  ids: readonly string[],
): Promise<Transaction[]> {
  const rows = await database
    .selectFrom('ledger_entries')
    .innerJoin('portfolios', 'portfolios.id', 'ledger_entries.portfolio_id')
    .selectAll('ledger_entries')
    .where('ledger_entries.id', 'in', ids)
    .where('portfolios.user_id', '=', userId)
    .execute();
  return rows.map(transactionOf);
}

function matches(builder: Builder, conditions: TransactionConditions): Expression<SqlBool> {
  const { portfolioId, tokenIds, types, executedFromMs, executedBeforeMs } = conditions;
  const all: Expression<SqlBool>[] = [builder('portfolio_id', '=', portfolioId)];
  // An empty list is a condition that nothing meets; `in ()` is no SQL of PostgreSQL's.
  if (tokenIds?.length === 0 || types?.length === 0) all.push(builder.lit(false));
  if (tokenIds !== undefined && tokenIds.length > 0) all.push(builder('token_id', 'in', tokenIds));
  if (types !== undefined && types.length > 0) all.push(builder('type', 'in', types));
  if (executedFromMs !== undefined) all.push(builder('executed_at', '>=', executedFromMs));
  if (executedBeforeMs !== undefined) all.push(builder('executed_at', '<', executedBeforeMs));
  return builder.and(all);
}

function follows(builder: Builder, { executedAtMs, sequence }: LedgerPosition): Expression<SqlBool> {
  return builder.or([
    builder('executed_at', '<', executedAtMs),
    builder.and([builder('executed_at', '=', executedAtMs), builder('sequence', '<', sequence)]),
  ]);
}
