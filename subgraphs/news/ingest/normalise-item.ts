import { articleIdOf } from './article-id.ts';
import { canonicalUrl } from './canonical-url.ts';
import { toPlainText, truncateText } from './plain-text.ts';

const MAX_TITLE_LENGTH = 300;
const MAX_SUMMARY_LENGTH = 500;
const MAX_AUTHORS = 10;
const MAX_AUTHOR_LENGTH = 100;

/** An item as a feed or a recording gives it. */
export interface FeedItem {
  /** When the source says it was published; RFC 3339. */
  readonly publishedAt: string;
  readonly sourceId: string;
  readonly title: string;
  readonly url: string;
  /** BCP 47. */
  readonly language: string;
  readonly summary?: string | null | undefined;
  readonly imageUrl?: string | null | undefined;
  readonly authors?: readonly string[] | undefined;
}

/** An item with an id, a canonical address and plain text. */
export interface NormalisedItem {
  readonly id: string;
  readonly publishedAtMs: number;
  readonly sourceId: string;
  readonly title: string;
  readonly url: string;
  readonly language: string;
  readonly summary: string | null;
  readonly imageUrl: string | null;
  readonly authors: readonly string[];
}

/**
 * Brings an item into the form that the rest of the pipeline relies on.
 *
 * @returns undefined for an item without a title, a time or an https address: it cannot be shown
 */
export function normaliseItem(item: FeedItem): NormalisedItem | undefined {
  const url = canonicalUrl(item.url);
  const title = truncateText(toPlainText(item.title), MAX_TITLE_LENGTH);
  const publishedAtMs = Date.parse(item.publishedAt);
  if (url === undefined || title === '' || Number.isNaN(publishedAtMs)) return undefined;
  return {
    id: articleIdOf(url),
    publishedAtMs,
    sourceId: item.sourceId,
    title,
    url,
    language: item.language,
    summary: truncateText(toPlainText(item.summary ?? ''), MAX_SUMMARY_LENGTH) || null,
    imageUrl: canonicalUrl(item.imageUrl ?? '') ?? null,
    authors: (item.authors ?? [])
      .slice(0, MAX_AUTHORS)
      .map((author) => truncateText(toPlainText(author), MAX_AUTHOR_LENGTH))
      .filter((author) => author !== ''),
  };
}
