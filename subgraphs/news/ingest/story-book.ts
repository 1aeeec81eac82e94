import { urlKey } from './canonical-url.ts';
import type { SeenItem } from './seen-item.ts';
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
  /** The item that came first. */
  readonly item: SeenItem;
  /** The other items, in their order of arrival. */
  readonly duplicates: readonly SeenItem[];
}

/** An item and the story that it belongs to, named by the id of the story's first item. */
export interface PlacedItem {
  readonly item: SeenItem;
  readonly storyId: string;
}

/**
 * All stories. A place once given stays: the item that came first is on top for ever, so that an article keeps
 * its id, whatever comes in later, and across restarts.
 */
export interface StoryBook {
  /** In their order of arrival. */
  readonly stories: readonly Story[];
  /**
   * Places items, the earliest first: by headline in the same language within 30 days of the story's first
   * item. An item at a known address is not taken again, whoever lists it: it is the same article.
   *
   * @returns the items that were new, with their places
   */
  add(items: readonly SeenItem[]): PlacedItem[];
  /** Takes over places that were given before, first items of stories first; a known address stays where it is. */
  restore(placed: readonly PlacedItem[]): void;
  /**
   * Forgets the stories of feeds that came in first, until at most so many are left; recorded ones stay.
   *
   * @returns the ids of those forgotten, each with its duplicates
   */
  keepNewest(maxFeedStories: number): string[];
}

interface OpenStory {
  readonly item: SeenItem;
  readonly words: ReadonlySet<string>;
  readonly duplicates: SeenItem[];
}

export function createStoryBook(): StoryBook {
  let stories: OpenStory[] = [];
  const storyByUrl = new Map<string, OpenStory>();

  const place = (item: SeenItem, words: ReadonlySet<string>, story: OpenStory | undefined): PlacedItem => {
    const home = story ?? { item, words, duplicates: [] };
    if (story === undefined) stories.push(home);
    else story.duplicates.push(item);
    storyByUrl.set(urlKey(item.url), home);
    return { item, storyId: home.item.id };
  };

  return {
    get stories() {
      return stories;
    },
    add(items) {
      const placed: PlacedItem[] = [];
      for (const item of items.toSorted(compareOldestFirst)) {
        if (storyByUrl.has(urlKey(item.url))) continue;
        const words = titleWords(item.title);
        const story = stories.find((earlier) => isSameStory(item, words, earlier));
        placed.push(place(item, words, story));
      }
      return placed;
    },
    restore(placed) {
      const byId = new Map(stories.map((story) => [story.item.id, story]));
      for (const { item, storyId } of placed) {
        if (storyByUrl.has(urlKey(item.url))) continue;
        place(item, titleWords(item.title), byId.get(storyId));
        const last = stories.at(-1);
        if (last?.item === item) byId.set(item.id, last);
      }
    },
    keepNewest(maxFeedStories) {
      const ofFeeds = stories.filter(({ item }) => item.basis === 'PLATFORM');
      const forgotten = new Set(ofFeeds.slice(0, Math.max(0, ofFeeds.length - maxFeedStories)));
      if (forgotten.size === 0) return [];
      stories = stories.filter((story) => !forgotten.has(story));
      const items = [...forgotten].flatMap(({ item, duplicates }) => [item, ...duplicates]);
      for (const { url } of items) storyByUrl.delete(urlKey(url));
      return items.map(({ id }) => id);
    },
  };
}

function compareOldestFirst(a: SeenItem, b: SeenItem): number {
  return a.publishedAtMs - b.publishedAtMs || (a.id < b.id ? -1 : 1);
}

/** Recorded and live instants are compared as they were published, not where the recording has been moved to. */
function isSameStory(item: SeenItem, words: ReadonlySet<string>, { item: first, words: known }: OpenStory) {
  return (
    item.language === first.language &&
    Math.abs(item.publishedAtMs - first.publishedAtMs) <= SAME_STORY_SPAN_MS &&
    // The index cannot exceed the ratio of the sizes: most pairs need no comparison of words.
    Math.min(words.size, known.size) >= SAME_STORY_SIMILARITY * Math.max(words.size, known.size) &&
    titleSimilarity(words, known) >= SAME_STORY_SIMILARITY
  );
}
