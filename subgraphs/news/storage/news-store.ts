import type { Kysely } from 'kysely';
import type { SqlEngine } from '../../../src/lib/sql/sql-engine.ts';
import { openSubgraphTables } from '../../shared/open-subgraph-tables.ts';
import type { PlacedItem } from '../ingest/story-book.ts';
import { migrations } from './migrations.ts';
import { placedItemOf, rowOf, type Tables } from './tables.ts';

/** Items of one statement: eleven parameters each, within the 32,766 of Node's SQLite. */
const ITEMS_PER_STATEMENT = 1000;

/** What is known of feeds, over restarts. */
export interface NewsStore {
  /** All items with their places, the first items of stories before those folded into them. */
  load(): Promise<PlacedItem[]>;
  /** Keeps items: all of them or, when it fails, none. One that is there already stays as it is. */
  save(items: readonly PlacedItem[]): Promise<void>;
  /** Forgets items by id. */
  forget(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens the tables and brings them to the newest form. @throws what `openSubgraphTables` throws */
export async function openNewsStore({
  dialect,
  schema,
}: Pick<SqlEngine, 'dialect' | 'schema'>): Promise<NewsStore> {
  return storeItems(
    await openSubgraphTables<Tables>('news', { dialect, ...(schema && { schema }), migrations }),
  );
}

function storeItems(database: Kysely<Tables>): NewsStore {
  return {
    async load() {
      const rows = await database
        .selectFrom('feed_items')
        .selectAll()
        .orderBy('first_seen_at')
        .orderBy('id')
        .execute();
      const placed = rows.map(placedItemOf);
      const isFirst = ({ item, storyId }: PlacedItem) => item.id === storyId;
      return [...placed.filter(isFirst), ...placed.filter((each) => !isFirst(each))];
    },
    async save(items) {
      await database.transaction().execute(async (transaction) => {
        for (const chunk of chunksOf(items)) {
          await transaction
            .insertInto('feed_items')
            .values(chunk.map(rowOf))
            .onConflict((conflict) => conflict.column('id').doNothing())
            .execute();
        }
      });
    },
    async forget(ids) {
      await database.transaction().execute(async (transaction) => {
        for (const chunk of chunksOf(ids)) {
          await transaction.deleteFrom('feed_items').where('id', 'in', chunk).execute();
        }
      });
    },
    close: () => database.destroy(),
  };
}

function* chunksOf<Each>(all: readonly Each[]): Generator<readonly Each[]> {
  for (let start = 0; start < all.length; start += ITEMS_PER_STATEMENT) {
    yield all.slice(start, start + ITEMS_PER_STATEMENT);
  }
}
