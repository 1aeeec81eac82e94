import { ulid } from 'ulid';
import type { CostBasisMethod } from '../ledger/cost-pool.ts';
import { isValuationCurrency, VALUATION_CURRENCIES } from '../market/market-prices.ts';
import type { Database } from '../storage/open-database.ts';
import { type ChangeEnvironment, makeChangeOnce, type Refused } from './change.ts';
import { checkKey, checkName, normaliseName } from './check-fields.ts';
import { MAX_PORTFOLIOS } from './limits.ts';
import { requireFreeName } from './require-free-name.ts';
import { inputError, limitReached, Refusal, type UserError } from './user-error.ts';

/** `CreatePortfolioInput` as GraphQL hands it over. */
export interface CreatePortfolioInput {
  readonly idempotencyKey: string;
  readonly name: string;
  readonly baseCurrency?: string | null;
  readonly costBasisMethod: CostBasisMethod;
}

/**
 * Makes a portfolio, the last in the user's order.
 *
 * @returns its id; or refusals: BLANK or TAKEN for the name, INVALID for a currency that nothing is valued in,
 *   LIMIT_REACHED beyond 100 portfolios
 */
export function createPortfolio(
  input: CreatePortfolioInput,
  environment: ChangeEnvironment,
): Promise<{ readonly id: string } | Refused> {
  const { idempotencyKey, baseCurrency, costBasisMethod } = input;
  const { nowMs } = environment;
  const name = normaliseName(input.name);
  const newId = `pf_${ulid()}`;
  return makeChangeOnce(
    environment,
    {
      idempotencyKey,
      operation: 'createPortfolio',
      meaning: [name, baseCurrency ?? null, costBasisMethod],
      newId,
    },
    [...checkKey(idempotencyKey), ...checkName(name), ...checkCurrency(baseCurrency)],
    async (transaction, user) => {
      const position = await nextPosition(transaction, user.id);
      await requireFreeName(transaction, user.id, name);
      await transaction
        .insertInto('portfolios')
        .values({
          id: newId,
          user_id: user.id,
          name,
          base_currency: baseCurrency ?? user.default_currency,
          cost_basis_method: costBasisMethod,
          position,
          revision: 0,
          positions_revision: 0,
          created_at: nowMs,
          updated_at: nowMs,
        })
        .execute();
    },
  );
}

function checkCurrency(currency: string | null | undefined): UserError[] {
  if (currency == null || isValuationCurrency(currency)) return [];
  const message = `The base currency must be one of ${VALUATION_CURRENCIES.join(', ')}, found ${currency}.`;
  return [inputError('baseCurrency', 'INVALID', message)];
}

async function nextPosition(transaction: Database, userId: string): Promise<number> {
  const { last, count } = await transaction
    .selectFrom('portfolios')
    .select(({ fn }) => [fn.max('position').as('last'), fn.countAll().as('count')])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MAX_PORTFOLIOS) {
    throw new Refusal(
      limitReached(`A user has at most ${MAX_PORTFOLIOS} portfolios, archived ones included.`),
    );
  }
  return (last ?? -1) + 1;
}
