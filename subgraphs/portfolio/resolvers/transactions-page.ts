import { badUserInput, requireRange } from '../../shared/bad-user-input.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import type { TransactionType } from '../ledger/entry.ts';
import type { Transaction } from '../storage/ledger-rows.ts';
import type { Database } from '../storage/open-database.ts';
import {
  countTransactions,
  hasTransactionUpTo,
  type LedgerPosition,
  readTransactions,
  type TransactionConditions,
} from '../storage/read-transactions.ts';

const MAX_TRANSACTIONS = 100;
const MAX_FILTER_TOKENS = 250;

/** `TransactionFilter`. */
export interface TransactionFilter {
  readonly tokenIds?: readonly string[] | null;
  readonly types?: readonly TransactionType[] | null;
  readonly executedFrom?: Date | null;
  readonly executedBefore?: Date | null;
}

export interface TransactionsPageOptions {
  readonly database: Database;
  readonly cursors: CursorCodec;
  readonly portfolioId: string;
  readonly first: number;
  readonly after?: string | null;
  readonly filter?: TransactionFilter | null;
}

/**
 * A page of a ledger, newest first. Cursors name an entry's place in the whole ledger, whatever the filter, so
 * that pages stay right when entries are added in between; what only some clients ask for is read when asked.
 *
 * @throws GraphQLError BAD_USER_INPUT for arguments out of range
 */
export async function transactionsPage(options: TransactionsPageOptions) {
  const { database, cursors, portfolioId } = options;
  const first = requireRange('first', options.first, 1, MAX_TRANSACTIONS);
  const conditions = conditionsOf(portfolioId, options.filter ?? {});
  const list = `transactions ${portfolioId}`;
  const after = options.after == null ? undefined : readPosition(cursors.decode(list, options.after));
  // One more than asked for tells whether another page follows.
  const found = await readTransactions(database, conditions, first + 1, after);
  const nodes = found.slice(0, first);
  const edges = nodes.map((node) => ({ cursor: cursors.encode(list, positionOf(node)), node }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: () => (after === undefined ? false : hasTransactionUpTo(database, conditions, after)),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: () => countTransactions(database, conditions),
  };
}

function positionOf({ executedAtMs, sequence }: Transaction): string[] {
  return [String(executedAtMs), String(sequence)];
}

function readPosition([executedAtMs, sequence]: readonly string[]): LedgerPosition {
  return { executedAtMs: Number(executedAtMs), sequence: Number(sequence) };
}

function conditionsOf(portfolioId: string, filter: TransactionFilter): TransactionConditions {
  const { tokenIds, types, executedFrom, executedBefore } = filter;
  if (tokenIds != null && tokenIds.length > MAX_FILTER_TOKENS) {
    throw badUserInput(
      `Field "filter.tokenIds" takes at most ${MAX_FILTER_TOKENS} ids, found ${tokenIds.length}.`,
    );
  }
  return {
    portfolioId,
    tokenIds: tokenIds ?? undefined,
    types: types ?? undefined,
    executedFromMs: executedFrom?.getTime(),
    executedBeforeMs: executedBefore?.getTime(),
  };
}
