import type { TokenRecord } from '../shared/market-copy.ts';
import type { ItemAnalysis } from './article.ts';
import { analyseItem, articleOf, compareNewestFirst, takeRecordedItems } from './ingest/ingest.ts';
import type { SeenItem } from './ingest/seen-item.ts';
import { createStoryBook, type PlacedItem } from './ingest/story-book.ts';
import { createTokenDictionary, type TokenDictionary } from './ingest/token-dictionary.ts';
import type { NewsRecording, NewsSource } from './load-recording.ts';
import { createNewsIndex, createWordIndex, type NewsIndex } from './news-index.ts';
import type { NewsStore } from './storage/news-store.ts';

/** What the subgraph knows at a moment: the index over all articles, and the tokens that they were read with. */
export interface NewsEdition {
  readonly index: NewsIndex;
  tokenById(id: string): TokenRecord | undefined;
}

/** Takes in what sources publish, and keeps the current edition of it. */
export interface NewsDesk {
  readonly sources: readonly NewsSource[];
  sourceById(id: string): NewsSource | undefined;
  /**
   * The current edition, or undefined until the registry of tokens came. Made anew when items or tokens have
   * come in, and when the recording has moved on by a day.
   *
   * @param offsetMs - the platform's time less the recording's
   */
  editionAt(offsetMs: number): NewsEdition | undefined;
  /** Whether there is an edition. */
  readonly isReady: boolean;
  /** How many articles there are, those of the platform's future included. */
  readonly articleCount: number;
  /**
   * Takes in what a feed lists, and stores it.
   *
   * @returns how many of the items are new articles: of an address not seen before, and not folded into another
   * @throws when the store fails; what came in is served, and stored with the next items
   */
  add(items: readonly SeenItem[]): Promise<number>;
  /** Reads all items anew with this registry. */
  readTokens(tokens: readonly TokenRecord[]): void;
}

/**
 * Articles of feeds that are kept: more than all feeds together list, so that nothing listed comes back as new, and
 * few enough to be read anew at once, at a millisecond each, when the registry of tokens changes.
 */
const MAX_FEED_ARTICLES = 2500;

export interface NewsDeskOptions {
  /** In recorded time. */
  readonly recording: NewsRecording;
  /** The sources with a feed; one that is recorded too is told as given here. */
  readonly feedSources?: readonly NewsSource[];
  /** What came in from feeds in earlier lives, and is to outlive this one. */
  readonly store: NewsStore;
}

/** Opens the desk with the recorded items and with those of the store. */
export async function createNewsDesk({
  recording,
  feedSources = [],
  store,
}: NewsDeskOptions): Promise<NewsDesk> {
  const sourceById = new Map([...recording.sources, ...feedSources].map((source) => [source.id, source]));
  const sources = [...sourceById.values()];
  const book = createStoryBook();
  book.add(takeRecordedItems(recording.items));
  book.restore(await store.load());
  const words = createWordIndex();
  for (const { item } of book.stories) words.add(item);
  let unsaved: readonly PlacedItem[] = [];

  let registry: { tokenById: ReadonlyMap<string, TokenRecord>; dictionary: TokenDictionary } | undefined;
  /** By item; matching tokens is the dear part, and only new items and new tokens need it. */
  let analyses = new WeakMap<SeenItem, ItemAnalysis>();
  let current: { readonly offsetMs: number; readonly edition: NewsEdition } | undefined;

  const analysisOf = (item: SeenItem, dictionary: TokenDictionary): ItemAnalysis => {
    const analysis = analyses.get(item) ?? analyseItem(item, dictionary);
    analyses.set(item, analysis);
    return analysis;
  };

  return {
    sources,
    sourceById: (id) => sourceById.get(id),
    get isReady() {
      return registry !== undefined;
    },
    get articleCount() {
      return book.stories.length;
    },
    editionAt(offsetMs) {
      if (registry === undefined) return undefined;
      if (current?.offsetMs === offsetMs) return current.edition;
      const { tokenById, dictionary } = registry;
      const articles = book.stories.flatMap((story) => {
        const source = sourceById.get(story.item.sourceId);
        // A source that the settings no longer name has no name to show.
        if (source === undefined) return [];
        return [articleOf({ story, source, analysis: analysisOf(story.item, dictionary), offsetMs })];
      });
      const index = createNewsIndex(articles.sort(compareNewestFirst), words);
      current = { offsetMs, edition: { index, tokenById: (id) => tokenById.get(id) } };
      return current.edition;
    },
    async add(items) {
      const placed = book.add(items);
      const forgotten = book.keepNewest(MAX_FEED_ARTICLES);
      const fresh = placed.filter(({ item, storyId }) => item.id === storyId);
      for (const { item } of fresh) words.add(item);
      for (const id of forgotten) words.remove(id);
      if (placed.length > 0) current = undefined;
      const saving = [...unsaved, ...placed];
      unsaved = [];
      try {
        if (saving.length > 0) await store.save(saving);
        if (forgotten.length > 0) await store.forget(forgotten);
      } catch (error) {
        unsaved = [...saving, ...unsaved];
        throw error;
      }
      return fresh.length;
    },
    readTokens(tokens) {
      registry = {
        tokenById: new Map(tokens.map((token) => [token.id, token])),
        dictionary: createTokenDictionary(tokens),
      };
      analyses = new WeakMap();
      current = undefined;
    },
  };
}
