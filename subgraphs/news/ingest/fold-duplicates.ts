import { urlKey } from './canonical-url.ts';
import type { NormalisedItem } from './normalise-item.ts';
import { titleSimilarity, titleWords } from './title-similarity.ts';

/**
 * From this similarity on two headlines tell the same story. In the recorded headlines the same release at
 * another office or address has 1; the nearest pair of different stories ("… Extends Comment Period on
 * Proposal …" and "… Approves Proposal …") has 0.76.
 */
export const SAME_STORY_SIMILARITY = 0.85;
/** Headlines that come back after longer than this ("Board of Directors Meeting") are new stories. */
export const SAME_STORY_SPAN_MS = 30 * 86_400_000;

/** An item with those folded into it. */
export interface Story {
  /** The earliest item of the story. */
  readonly item: NormalisedItem;
  /** When each of the other items was published, in recorded milliseconds, ascending. */
  readonly duplicatesPublishedAtMs: readonly number[];
}

/**
 * Folds items that tell the same story into the earliest of them: first by address, then by headline in the
 * same language within 30 days of the earliest.
 *
 * The earliest stays on top for ever, so that an article keeps its id when its duplicates come in.
 *
 * @returns the stories, earliest first
 */
export function foldDuplicates(items: readonly NormalisedItem[]): Story[] {
  const ascending = items.toSorted((a, b) => a.publishedAtMs - b.publishedAtMs || (a.id < b.id ? -1 : 1));
  const stories: { item: NormalisedItem; words: ReadonlySet<string>; duplicates: number[] }[] = [];
  const byUrl = new Map<string, (typeof stories)[number]>();

  for (const item of ascending) {
    const words = titleWords(item.title);
    const key = urlKey(item.url);
    const story =
      byUrl.get(key) ??
      stories.find(
        (earlier) =>
          item.publishedAtMs - earlier.item.publishedAtMs <= SAME_STORY_SPAN_MS &&
          item.language === earlier.item.language &&
          titleSimilarity(words, earlier.words) >= SAME_STORY_SIMILARITY,
      );
    if (story !== undefined) {
      story.duplicates.push(item.publishedAtMs);
      byUrl.set(key, story);
      continue;
    }
    const fresh = { item, words, duplicates: [] };
    stories.push(fresh);
    byUrl.set(key, fresh);
  }
  return stories.map(({ item, duplicates }) => ({ item, duplicatesPublishedAtMs: duplicates }));
}
