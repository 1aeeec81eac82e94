import { type ChangeEnvironment, makeChange, type Refused } from './change.ts';
import { Refusal } from './user-error.ts';

/**
 * Deletes a portfolio with its ledger and its imports, for good.
 *
 * @returns its id; or NOT_FOUND, also for what is gone already
 */
export function deletePortfolio(
  id: string,
  environment: ChangeEnvironment,
): Promise<{ readonly id: string } | Refused> {
  return makeChange(environment, [], async (transaction, user) => {
    const portfolio = await transaction
      .selectFrom('portfolios')
      .select('id')
      .where('id', '=', id)
      .where('user_id', '=', user.id)
      .executeTakeFirst();
    if (portfolio === undefined) {
      throw new Refusal({ field: ['id'], code: 'NOT_FOUND', message: 'There is no such portfolio.' });
    }
    await transaction
      .deleteFrom('import_issues')
      .where('job_id', 'in', (query) =>
        query.selectFrom('import_jobs').select('id').where('portfolio_id', '=', id),
      )
      .execute();
    await transaction.deleteFrom('import_jobs').where('portfolio_id', '=', id).execute();
    await transaction.deleteFrom('positions').where('portfolio_id', '=', id).execute();
    await transaction.deleteFrom('ledger_entries').where('portfolio_id', '=', id).execute();
    await transaction.deleteFrom('portfolios').where('id', '=', id).execute();
    return { id };
  });
}
