import type { Selectable } from 'kysely';
import type { CostBasisMethod } from '../ledger/cost-pool.ts';
import type { Database } from '../storage/open-database.ts';
import { keepPositions } from '../storage/position-rows.ts';
import { rewritePositions } from '../storage/refresh-positions.ts';
import type { PortfolioTable } from '../storage/tables.ts';
import { type ChangeEnvironment, makeChange, type Refused } from './change.ts';
import { checkName, normaliseName } from './check-fields.ts';
import { requireFreeName } from './require-free-name.ts';
import { inputError, Refusal } from './user-error.ts';

/** `UpdatePortfolioInput` as GraphQL hands it over; a null changes as little as an omitted field. */
export interface UpdatePortfolioInput {
  readonly id: string;
  readonly name?: string | null;
  readonly costBasisMethod?: CostBasisMethod | null;
  readonly archived?: boolean | null;
  readonly expectedRevision?: number | null;
}

type Portfolio = Selectable<PortfolioTable>;
type Columns = Pick<Portfolio, 'name' | 'cost_basis_method' | 'archived_at'>;

/**
 * Changes a portfolio. Books are worked out for a revision, so that another method shows in all figures at once;
 * what changes nothing leaves the revision.
 *
 * @returns its id; or refusals: NOT_FOUND, CONFLICT for another revision, BLANK or TAKEN for the name
 */
export function updatePortfolio(
  input: UpdatePortfolioInput,
  environment: ChangeEnvironment,
): Promise<{ readonly id: string } | Refused> {
  const name = input.name == null ? undefined : normaliseName(input.name);
  return makeChange(
    environment,
    name === undefined ? [] : checkName(name),
    async (transaction, { id: userId }) => {
      const portfolio = await findPortfolio(transaction, userId, input);
      const columns: Columns = {
        name: name ?? portfolio.name,
        cost_basis_method: input.costBasisMethod ?? portfolio.cost_basis_method,
        archived_at: archivedAt(portfolio, input.archived, environment.nowMs),
      };
      if (isUnchanged(portfolio, columns)) return { id: portfolio.id };
      await requireFreeName(transaction, userId, columns.name, portfolio.id);
      const changed = { ...portfolio, ...columns, revision: portfolio.revision + 1 };
      await transaction
        .updateTable('portfolios')
        .set({ ...columns, revision: changed.revision })
        .where('id', '=', portfolio.id)
        .execute();
      if (changed.cost_basis_method === portfolio.cost_basis_method)
        await keepPositions(transaction, changed);
      else await rewritePositions(transaction, changed);
      return { id: portfolio.id };
    },
  );
}

async function findPortfolio(
  transaction: Database,
  userId: string,
  { id, expectedRevision }: UpdatePortfolioInput,
): Promise<Portfolio> {
  const portfolio = await transaction
    .selectFrom('portfolios')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (portfolio === undefined) {
    throw new Refusal(inputError('id', 'NOT_FOUND', 'There is no such portfolio.'));
  }
  if (expectedRevision != null && expectedRevision !== portfolio.revision) {
    const message = `Expected revision ${expectedRevision}, found ${portfolio.revision}: read the portfolio again.`;
    throw new Refusal(inputError('expectedRevision', 'CONFLICT', message));
  }
  return portfolio;
}

function archivedAt(
  { archived_at }: Portfolio,
  archived: boolean | null | undefined,
  nowMs: number,
): number | null {
  if (archived == null) return archived_at;
  return archived ? (archived_at ?? nowMs) : null;
}

function isUnchanged(portfolio: Portfolio, columns: Columns): boolean {
  return (Object.keys(columns) as (keyof Columns)[]).every((column) => portfolio[column] === columns[column]);
}
