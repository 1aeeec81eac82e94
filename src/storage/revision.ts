import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Makes a change in the tables; all of it or nothing. */
export type Change = <Result>(work: (tables: Database) => Promise<Result>) => Promise<Result>;

/**
 * Makes changes in transactions that also raise the revision of the tables. Changes take their turn at the revision's
 * row, so that a reader who sees a revision sees everything that came before it.
 */
export function withRevision(database: Database): Change {
  return (work) =>
    database.transaction().execute(async (tables) => {
      await tables.updateTable('revision').set({ number: sql`number + 1` }).execute();
      return work(tables);
    });
}

/** The number of the last change of what workers serve from. */
export async function readRevision(database: Database): Promise<number> {
  const { number } = await database.selectFrom('revision').select('number').executeTakeFirstOrThrow();
  return number;
}
