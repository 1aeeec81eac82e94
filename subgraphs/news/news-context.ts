import type { CallerContext } from '../shared/access.ts';
import type { Clock } from '../shared/clock.ts';
import type { CursorCodec } from '../shared/cursor.ts';
import type { Article } from './article.ts';
import type { FeedReader } from './feeds/feed-reader.ts';
import type { NewsDesk, NewsEdition } from './news-desk.ts';

/** What the resolvers of one operation share. */
export interface NewsContext extends CallerContext {
  readonly desk: NewsDesk;
  readonly feeds: FeedReader;
  /**
   * The edition of this operation: one that comes in between does not mix two states.
   *
   * @throws Error until the registry of tokens came: without it no mention is known, and none is not the truth
   */
  readonly edition: NewsEdition;
  readonly cursors: CursorCodec;
  /** Now, in the platform's milliseconds; one instant for the whole operation. */
  readonly nowMs: number;
  /** What turns recorded into platform time, in milliseconds. */
  readonly offsetMs: number;
}

export interface NewsContextOptions {
  readonly desk: NewsDesk;
  readonly feeds: FeedReader;
  readonly clock: Clock;
  readonly cursors: CursorCodec;
}

/** Makes the context of one operation. */
export function createNewsContext(
  { desk, feeds, clock, cursors }: NewsContextOptions,
  caller: CallerContext['caller'],
): NewsContext {
  const { offsetMs } = clock;
  const edition = desk.editionAt(offsetMs);
  return {
    caller,
    desk,
    feeds,
    cursors,
    offsetMs,
    nowMs: clock.now(),
    get edition() {
      if (edition === undefined) throw new Error('The registry of tokens has not come yet.');
      return edition;
    },
  };
}

/** An article that lies in the platform's future is not out yet. */
export function isPublished({ publishedAtMs }: Article, { nowMs }: NewsContext): boolean {
  return publishedAtMs <= nowMs;
}
