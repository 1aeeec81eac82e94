import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { MarketPrices } from '../market/market-prices.ts';
import { lockUser } from '../storage/lock-user.ts';
import type { Database } from '../storage/open-database.ts';
import type { UserTable } from '../storage/tables.ts';
import { claimKey } from './idempotency.ts';
import { Refusal, type UserError } from './user-error.ts';

export interface ChangeEnvironment {
  readonly database: Database;
  readonly marketPrices: MarketPrices;
  /** The platform's time, in milliseconds. */
  readonly nowMs: number;
  /** Whom the caller acts for. */
  readonly userId: string | undefined;
}

/** A change that was not made. */
export interface Refused {
  readonly userErrors: readonly UserError[];
}

/** The user whose things are changed; their row is locked until the change is kept or gone. */
export type ChangingUser = Selectable<UserTable>;

const NO_USER: UserError = {
  field: null,
  code: 'NOT_FOUND',
  message: 'The key acts for no user of this platform.',
};

/**
 * Makes a change in one transaction: all of it is kept, or nothing. The changes of one user are made one after the
 * other, in whichever process, so that what a change has looked at stays as it was until its end.
 *
 * @param userErrors - refusals that are known before the tables are looked at
 * @returns what was made, or the refusals that the user can do something about; faults of the tables throw
 */
export async function makeChange<Made extends object>(
  { database, userId }: ChangeEnvironment,
  userErrors: readonly UserError[],
  change: (transaction: Database, user: ChangingUser) => Promise<Made>,
): Promise<Made | Refused> {
  if (userErrors.length > 0) return { userErrors };
  try {
    return await database.transaction().execute(async (transaction) => {
      // The first statement writes: SQLite's transactions cannot turn from readers into writers under concurrency.
      const user = userId === undefined ? undefined : await lockUser(transaction, userId);
      if (user === undefined) throw new Refusal(NO_USER);
      return change(transaction, user);
    });
  } catch (error) {
    if (error instanceof Refusal) return { userErrors: error.userErrors };
    throw error;
  }
}

/** What a client intends, however often it asks. */
export interface Intent {
  readonly idempotencyKey: string;
  /** The mutation. */
  readonly operation: string;
  /** The input without its key, the same for inputs that mean the same. */
  readonly meaning: readonly unknown[];
  /** The id of what will be made if the key is new. */
  readonly newId: string;
}

/**
 * Makes a change once for its key, which is kept together with it.
 *
 * @returns the id of what was made, now or by the first call with the key
 */
export function makeChangeOnce(
  environment: ChangeEnvironment,
  { idempotencyKey, operation, meaning, newId }: Intent,
  userErrors: readonly UserError[],
  change: (transaction: Database, user: ChangingUser) => Promise<void>,
): Promise<{ readonly id: string } | Refused> {
  return makeChange(environment, userErrors, async (transaction, user) => {
    const firstId = await claimKey(transaction, {
      userId: user.id,
      key: idempotencyKey,
      inputHash: createHash('sha256')
        .update(JSON.stringify([operation, ...meaning]))
        .digest('hex'),
      resultId: newId,
      nowMs: environment.nowMs,
    });
    if (firstId !== undefined) return { id: firstId };
    await change(transaction, user);
    return { id: newId };
  });
}
