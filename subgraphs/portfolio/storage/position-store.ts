import type { Selectable } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Position, Positions } from '../ledger/compute-book.ts';
import type { BookStore } from './book-store.ts';
import type { Database } from './open-database.ts';
import { positionOf } from './position-rows.ts';
import type { PortfolioTable, PositionTable } from './tables.ts';

/** Positions of all cached portfolios together; some 500 bytes each. */
const MAX_CACHED_POSITIONS = 50_000;

/** Tells what portfolios hold without reading their ledgers. */
export interface PositionStore {
  /** The positions of portfolios, in their order. */
  load(portfolios: readonly Selectable<PortfolioTable>[]): Promise<Positions[]>;
}

interface Stored {
  readonly revision: number;
  readonly positions: Positions;
}

/**
 * Reads positions from their table, where each change of a ledger has left them: a handful of rows, however long the
 * ledger is, also for the first reader after a start. Where the table is behind the ledger, the book is worked out.
 */
export function createPositionStore(database: Database, books: BookStore): PositionStore {
  const cache = new LRUCache<string, Stored>({
    maxSize: MAX_CACHED_POSITIONS,
    sizeCalculation: ({ positions }) => positions.size + 1,
  });
  const findCurrent = ({ id, revision }: Selectable<PortfolioTable>): Positions | undefined => {
    const cached = cache.get(id);
    return cached !== undefined && cached.revision >= revision ? cached.positions : undefined;
  };

  return {
    async load(portfolios) {
      const current = new Map<string, Positions>();
      for (const portfolio of portfolios) {
        const positions = findCurrent(portfolio);
        if (positions !== undefined) current.set(portfolio.id, positions);
      }
      const unknown = portfolios.filter(({ id }) => !current.has(id));
      const stored = unknown.length === 0 ? new Map<string, Stored>() : await readStored(database, unknown);
      for (const [id, { revision, positions }] of stored) {
        const ordered = inTokenOrder(positions);
        cache.set(id, { revision, positions: ordered });
        current.set(id, ordered);
      }
      const behind = unknown.filter(({ id }) => !current.has(id));
      for (const [index, { positions }] of (await books.load(behind)).entries()) {
        current.set((behind[index] as Selectable<PortfolioTable>).id, inTokenOrder(positions));
      }
      return portfolios.map(({ id }) => current.get(id) as Positions);
    },
  };
}

/** The same answer from the table and from the ledger, whatever a database takes for the order of text. */
function inTokenOrder(positions: Positions): Positions {
  return new Map([...positions].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads revision and positions in one statement, so that both are of one moment; old ones are left out. */
async function readStored(
  database: Database,
  portfolios: readonly Selectable<PortfolioTable>[],
): Promise<Map<string, Stored>> {
  const rows = await database
    .selectFrom('portfolios')
    .leftJoin('positions', 'positions.portfolio_id', 'portfolios.id')
    .selectAll('positions')
    .select(['portfolios.id', 'portfolios.revision'])
    .where(
      'portfolios.id',
      'in',
      portfolios.map(({ id }) => id),
    )
    .whereRef('portfolios.positions_revision', '=', 'portfolios.revision')
    .execute();
  const stored = new Map<string, { revision: number; positions: Map<string, Position> }>();
  for (const { id, revision, ...row } of rows) {
    const portfolio = stored.get(id) ?? { revision, positions: new Map() };
    stored.set(id, portfolio);
    // A portfolio that holds nothing comes as one row without a position.
    if (row.token_id !== null)
      portfolio.positions.set(row.token_id, positionOf(row as Selectable<PositionTable>));
  }
  return stored;
}
