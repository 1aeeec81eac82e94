import type { Database } from '../storage/open-database.ts';
import { inputError, Refusal } from './user-error.ts';

/**
 * Requires that no other portfolio of the user has a name.
 *
 * @param exceptId - the portfolio that may have it
 * @throws Refusal TAKEN
 */
export async function requireFreeName(
  transaction: Database,
  userId: string,
  name: string,
  exceptId = '',
): Promise<void> {
  const taken = await transaction
    .selectFrom('portfolios')
    .select('id')
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .where('id', '<>', exceptId)
    .executeTakeFirst();
  if (taken === undefined) return;
  throw new Refusal(inputError('name', 'TAKEN', 'Another portfolio has this name.'));
}
