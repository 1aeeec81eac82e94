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
  /** Its place in the order of arrival. */
  readonly number: number;
  readonly item: SeenItem;
  readonly words: ReadonlySet<string>;
  readonly duplicates: SeenItem[];
}

/**
 * The words by one of which two headlines must meet to be alike: with n words in a fixed order, the first
 * n - ⌈0.85 n⌉ + 1. So a headline is compared with the few that share one of them, not with all.
 *
 * @see Chaudhuri, S., Ganti, V. & Kaushik, R. (2006), A primitive operator for similarity joins, ICDE
 */
function meetingWords(words: ReadonlySet<string>): string[] {
  return [...words].sort().slice(0, words.size - Math.ceil(SAME_STORY_SIMILARITY * words.size) + 1);
}

export function createStoryBook(): StoryBook {
  let stories: OpenStory[] = [];
  let opened = 0;
  const storyByUrl = new Map<string, OpenStory>();
  const storiesByWord = new Map<string, Set<OpenStory>>();

  const findSameStory = (item: SeenItem, words: ReadonlySet<string>): OpenStory | undefined => {
    const near = new Set(meetingWords(words).flatMap((word) => [...(storiesByWord.get(word) ?? [])]));
    const same = [...near].filter((earlier) => isSameStory(item, words, earlier));
    return same.sort((a, b) => a.number - b.number)[0];
  };
  const open = (story: OpenStory): void => {
    stories.push(story);
    for (const word of meetingWords(story.words)) {
      const sharing = storiesByWord.get(word) ?? new Set();
      storiesByWord.set(word, sharing.add(story));
    }
  };
  const forget = (story: OpenStory): void => {
    for (const { url } of [story.item, ...story.duplicates]) storyByUrl.delete(urlKey(url));
    for (const word of meetingWords(story.words)) {
      const sharing = storiesByWord.get(word);
      sharing?.delete(story);
      if (sharing?.size === 0) storiesByWord.delete(word);
    }
  };

  const place = (item: SeenItem, words: ReadonlySet<string>, story: OpenStory | undefined): PlacedItem => {
    const home = story ?? { number: opened++, item, words, duplicates: [] };
    if (story === undefined) open(home);
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
        const story = findSameStory(item, words);
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
      for (const story of forgotten) forget(story);
      return [...forgotten].flatMap(({ item, duplicates }) => [item, ...duplicates].map(({ id }) => id));
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
    titleSimilarity(words, known) >= SAME_STORY_SIMILARITY
  );
}
