import { ulid } from 'ulid';
import { insertInChunks } from '../storage/insert-in-chunks.ts';
import type { Database } from '../storage/open-database.ts';
import { type ChangeEnvironment, makeChangeOnce, type Refused } from './change.ts';
import { checkKey, checkName, normaliseName } from './check-fields.ts';
import { MAX_WATCHLIST_TOKENS, MAX_WATCHLISTS } from './limits.ts';
import { inputError, limitReached, Refusal, type UserError } from './user-error.ts';

/** `SaveWatchlistInput` as GraphQL hands it over. */
export interface SaveWatchlistInput {
  readonly id?: string | null;
  readonly idempotencyKey: string;
  readonly name: string;
  readonly tokenIds: readonly string[];
}

/**
 * Makes a watchlist, the last in the user's order, or replaces one. Tokens that were on it keep the time at which
 * they were put there.
 *
 * @returns its id; or refusals: NOT_FOUND, BLANK for the name, INVALID for tokens that are unknown, doubled or too
 *   many, LIMIT_REACHED beyond 50 watchlists
 */
export function saveWatchlist(
  input: SaveWatchlistInput,
  environment: ChangeEnvironment,
): Promise<{ readonly id: string } | Refused> {
  const { id, idempotencyKey, tokenIds } = input;
  const { nowMs } = environment;
  const name = normaliseName(input.name);
  const newId = id ?? `wl_${ulid()}`;
  return makeChangeOnce(
    environment,
    { idempotencyKey, operation: 'saveWatchlist', meaning: [id ?? null, name, tokenIds], newId },
    [...checkKey(idempotencyKey), ...checkName(name), ...checkTokens(tokenIds)],
    async (transaction, { id: userId }) => {
      await requireKnownTokens(transaction, tokenIds);
      const head = { name, updated_at: nowMs, demo_offset_days: null };
      if (id == null) {
        const position = await nextPosition(transaction, userId);
        await transaction
          .insertInto('watchlists')
          .values({ ...head, id: newId, user_id: userId, position })
          .execute();
      } else {
        await replaceHead(transaction, id, userId, head);
      }
      await replaceTokens(transaction, newId, tokenIds, nowMs);
    },
  );
}

function checkTokens(tokenIds: readonly string[]): UserError[] {
  if (tokenIds.length > MAX_WATCHLIST_TOKENS) {
    const message = `A watchlist has at most ${MAX_WATCHLIST_TOKENS} tokens, found ${tokenIds.length}.`;
    return [inputError('tokenIds', 'INVALID', message)];
  }
  const doubled = tokenIds.find((tokenId, index) => tokenIds.indexOf(tokenId) !== index);
  if (doubled === undefined) return [];
  return [inputError('tokenIds', 'INVALID', `A token stands on a watchlist once, found ${doubled} again.`)];
}

async function requireKnownTokens(transaction: Database, tokenIds: readonly string[]): Promise<void> {
  if (tokenIds.length === 0) return;
  const rows = await transaction.selectFrom('tokens').select('id').where('id', 'in', tokenIds).execute();
  const known = new Set(rows.map(({ id }) => id));
  const unknown = tokenIds.filter((tokenId) => !known.has(tokenId));
  if (unknown.length === 0) return;
  const message = `There is no token with this id: ${unknown.slice(0, 10).join(', ')}.`;
  throw new Refusal(inputError('tokenIds', 'INVALID', message));
}

async function nextPosition(transaction: Database, userId: string): Promise<number> {
  const { last, count } = await transaction
    .selectFrom('watchlists')
    .select(({ fn }) => [fn.max('position').as('last'), fn.countAll().as('count')])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MAX_WATCHLISTS) {
    throw new Refusal(limitReached(`A user has at most ${MAX_WATCHLISTS} watchlists.`));
  }
  return (last ?? -1) + 1;
}

async function replaceHead(
  transaction: Database,
  id: string,
  userId: string,
  head: { readonly name: string; readonly updated_at: number; readonly demo_offset_days: null },
): Promise<void> {
  const changed = await transaction
    .updateTable('watchlists')
    .set(head)
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returning('id')
    .executeTakeFirst();
  if (changed === undefined) {
    throw new Refusal(inputError('id', 'NOT_FOUND', 'There is no such watchlist.'));
  }
}

async function replaceTokens(
  transaction: Database,
  watchlistId: string,
  tokenIds: readonly string[],
  nowMs: number,
): Promise<void> {
  const before = await transaction
    .deleteFrom('watchlist_tokens')
    .where('watchlist_id', '=', watchlistId)
    .returningAll()
    .execute();
  const kept = new Map(before.map((row) => [row.token_id, row]));
  await insertInChunks(
    transaction,
    'watchlist_tokens',
    tokenIds.map((tokenId, position) => ({
      watchlist_id: watchlistId,
      position,
      token_id: tokenId,
      added_at: kept.get(tokenId)?.added_at ?? nowMs,
      demo_offset_days: kept.get(tokenId)?.demo_offset_days ?? null,
    })),
  );
}
