import type { Insertable, Selectable } from 'kysely';
import type { PlacedItem } from '../ingest/story-book.ts';

/** An item of a feed, and its place. Instants in milliseconds since the epoch, in the platform's time. */
export interface FeedItemTable {
  readonly id: string;
  /** The id of the first item of its story; its own when it is the first. */
  readonly story_id: string;
  readonly source_id: string;
  readonly title: string;
  readonly url: string;
  readonly language: string;
  readonly summary: string | null;
  readonly image_url: string | null;
  /** A JSON list of names. */
  readonly authors: string;
  readonly published_at: number;
  readonly first_seen_at: number;
}

/** The tables of this subgraph. Recorded items are in none: they come with the program. */
export interface Tables {
  readonly feed_items: FeedItemTable;
}

/** Writes a row. */
export function rowOf({ item, storyId }: PlacedItem): Insertable<FeedItemTable> {
  return {
    id: item.id,
    story_id: storyId,
    source_id: item.sourceId,
    title: item.title,
    url: item.url,
    language: item.language,
    summary: item.summary,
    image_url: item.imageUrl,
    authors: JSON.stringify(item.authors),
    published_at: item.publishedAtMs,
    first_seen_at: item.firstSeenAtMs,
  };
}

/** Reads a row. */
export function placedItemOf(row: Selectable<FeedItemTable>): PlacedItem {
  return {
    storyId: row.story_id,
    item: {
      id: row.id,
      basis: 'PLATFORM',
      sourceId: row.source_id,
      title: row.title,
      url: row.url,
      language: row.language,
      summary: row.summary,
      imageUrl: row.image_url,
      authors: JSON.parse(row.authors) as string[],
      publishedAtMs: row.published_at,
      firstSeenAtMs: row.first_seen_at,
    },
  };
}
