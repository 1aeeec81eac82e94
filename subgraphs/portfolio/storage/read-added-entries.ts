import { type Transaction, transactionOf } from './ledger-rows.ts';
import type { Database } from './open-database.ts';

/**
 * Reads the entries that a ledger has got since it was read, in one statement.
 *
 * New entries have higher sequences than all others of their time. So nothing that was known has gone if the last
 * known entry still stands at its sequence (it could have been removed, and its number given again), and if the
 * ledger has as many entries as the known and the new ones together.
 *
 * @param known - the whole ledger as it was
 * @returns undefined when entries have gone: then the ledger must be read as a whole
 */
export async function readAddedEntries(
  database: Database,
  portfolioId: string,
  known: readonly Transaction[],
): Promise<Transaction[] | undefined> {
  const last = known.reduce<Transaction | undefined>(
    (latest, entry) => (latest === undefined || entry.sequence > latest.sequence ? entry : latest),
    undefined,
  );
  if (last === undefined) return undefined;
  const rows = await database
    .selectFrom('ledger_entries')
    .selectAll()
    .select(({ selectFrom }) =>
      selectFrom('ledger_entries as every')
        .select(({ fn }) => fn.countAll().as('count'))
        .where('every.portfolio_id', '=', portfolioId)
        .as('entry_count'),
    )
    .where('portfolio_id', '=', portfolioId)
    .where('sequence', '>=', last.sequence)
    .orderBy('sequence')
    .execute();
  const [first, ...added] = rows;
  const isGrown = first?.id === last.id && Number(first.entry_count) === known.length + added.length;
  return isGrown ? added.map(transactionOf) : undefined;
}
