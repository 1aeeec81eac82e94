import type { Selectable } from 'kysely';
import type { Database } from './open-database.ts';
import type { UserTable } from './tables.ts';

/**
 * Locks a user's row until the end of the transaction, by a write that changes nothing: the one lock that SQLite
 * and PostgreSQL both have.
 *
 * @returns the user, or undefined when there is none
 */
export function lockUser(transaction: Database, userId: string): Promise<Selectable<UserTable> | undefined> {
  return transaction
    .updateTable('users')
    .set(({ ref }) => ({ default_currency: ref('default_currency') }))
    .where('id', '=', userId)
    .returningAll()
    .executeTakeFirst();
}
