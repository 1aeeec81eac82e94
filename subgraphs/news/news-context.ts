import type { CallerContext } from '../shared/access.ts';
import type { Clock } from '../shared/clock.ts';
import type { CursorCodec } from '../shared/cursor.ts';
import type { Article } from './article.ts';
import type { NewsDesk, NewsEdition } from './news-desk.ts';

/** What the resolvers of one operation share. */
export interface NewsContext extends CallerContext {
  readonly desk: NewsDesk;
  /**
   * The edition of this operation: one that comes in between does not mix two states.
   *
   * @throws Error until the registry of tokens came: without it no mention is known, and none is not the truth
   */
  readonly edition: NewsEdition;
  readonly cursors: CursorCodec;
  /** Now, in recorded milliseconds; one instant for the whole operation. */
  readonly recordedNowMs: number;
  /** What turns recorded into platform time, in milliseconds. */
  readonly offsetMs: number;
}

export interface NewsContextOptions {
  readonly desk: NewsDesk;
  readonly clock: Clock;
  readonly cursors: CursorCodec;
}

/** Makes the context of one operation. */
export function createNewsContext(
  { desk, clock, cursors }: NewsContextOptions,
  caller: CallerContext['caller'],
): NewsContext {
  const { edition } = desk;
  const { offsetMs } = clock;
  return {
    caller,
    desk,
    cursors,
    offsetMs,
    recordedNowMs: clock.now() - offsetMs,
    get edition() {
      if (edition === undefined) throw new Error('The registry of tokens has not come yet.');
      return edition;
    },
  };
}

/** An article that lies in the platform's future is not out yet. */
export function isPublished({ publishedAtMs }: Article, { recordedNowMs }: NewsContext): boolean {
  return publishedAtMs <= recordedNowMs;
}

/** An instant of the recording in the platform's time. */
export function toPlatformTime(recordedMs: number, { offsetMs }: NewsContext): Date {
  return new Date(recordedMs + offsetMs);
}
