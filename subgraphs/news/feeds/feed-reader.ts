import type { Logger } from 'pino';
import { SingleFlight } from '../../shared/single-flight.ts';
import { takeFeedItems } from '../ingest/ingest.ts';
import type { NewsDesk } from '../news-desk.ts';
import type { FeedSettings } from './feed-settings.ts';
import { FeedFailure, type FeedValidators, fetchFeed } from './fetch-feed.ts';
import { nextReadDelayMs } from './next-read-delay.ts';

/** What came of reading a feed. */
export interface FeedReading {
  readonly outcome: 'READ' | 'UNCHANGED' | 'FAILED';
  readonly newArticleCount: number;
}

/** What came of asking for a read. */
export type FeedRefresh =
  | FeedReading
  | { readonly outcome: 'TOO_SOON' | 'NO_FEED'; readonly newArticleCount: 0 };

/** How a feed is doing. */
export interface FeedState {
  readonly id: string;
  /** Failures since the last good answer. */
  readonly failures: number;
  /** When it last answered well, in the system's time; null until then. */
  readonly lastReadAt: string | null;
}

/** Reads feeds, each at its own pace; a feed that fails takes nothing from the others. */
export interface FeedReader {
  /**
   * Reads a source's feed now: together with whoever reads it at this moment, and at most once a minute.
   * The next turn is counted from there.
   */
  refresh(sourceId: string): Promise<FeedRefresh>;
  readonly states: readonly FeedState[];
  /** Ends timers and reads under way; settles when the latter have. */
  close(): Promise<void>;
}

const MIN_READ_INTERVAL_MS = 60_000;

export interface FeedReaderOptions {
  readonly feeds: readonly FeedSettings[];
  readonly desk: Pick<NewsDesk, 'add'>;
  /** The platform's time in milliseconds: when an item is seen. */
  readonly now: () => number;
  /** The system's time in milliseconds: how often a feed is read. */
  readonly systemNow: () => number;
  readonly log: Logger;
}

interface FeedProgress {
  readonly feed: FeedSettings;
  validators: FeedValidators;
  failures: number;
  readStartedAtMs: number;
  lastReadAtMs: number | null;
  timer: NodeJS.Timeout | undefined;
}

/** Starts to read all feeds at once, and goes on until it is closed. */
export function createFeedReader(options: FeedReaderOptions): FeedReader {
  const { feeds, systemNow, log } = options;
  const flights = new SingleFlight<string, FeedReading>();
  const underWay = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const progressById = new Map(
    feeds.map((feed): [string, FeedProgress] => [
      feed.id,
      {
        feed,
        validators: {},
        failures: 0,
        readStartedAtMs: Number.NEGATIVE_INFINITY,
        lastReadAtMs: null,
        timer: undefined,
      },
    ]),
  );

  const attempt = async (progress: FeedProgress): Promise<FeedReading> => {
    const { id, intervalMs } = progress.feed;
    clearTimeout(progress.timer);
    progress.readStartedAtMs = systemNow();
    let retryAfterMs = 0;
    let reading: FeedReading = { outcome: 'FAILED', newArticleCount: 0 };
    try {
      reading = await readFeed(progress, options, closing.signal);
      progress.failures = 0;
      progress.lastReadAtMs = systemNow();
      log.info({ source: id, ...reading }, 'read a feed');
    } catch (error) {
      progress.failures += 1;
      if (error instanceof FeedFailure) ({ retryAfterMs } = error);
      if (!closing.signal.aborted) log.warn({ err: error, source: id }, 'could not read a feed');
    }
    if (!closing.signal.aborted) {
      const delayMs = nextReadDelayMs(
        { intervalMs, failures: progress.failures, retryAfterMs },
        Math.random(),
      );
      progress.timer = setTimeout(() => void read(progress), delayMs);
    }
    return reading;
  };
  const read = (progress: FeedProgress): Promise<FeedReading> => {
    const flight = flights.run(progress.feed.id, () => attempt(progress));
    underWay.add(flight);
    return flight.finally(() => underWay.delete(flight));
  };
  for (const progress of progressById.values()) void read(progress);

  return {
    async refresh(sourceId) {
      const progress = progressById.get(sourceId);
      if (progress === undefined) return { outcome: 'NO_FEED', newArticleCount: 0 };
      const isUnderWay = flights.has(sourceId);
      if (!isUnderWay && systemNow() - progress.readStartedAtMs < MIN_READ_INTERVAL_MS) {
        return { outcome: 'TOO_SOON', newArticleCount: 0 };
      }
      return read(progress);
    },
    get states() {
      return [...progressById.values()].map(({ feed, failures, lastReadAtMs }) => ({
        id: feed.id,
        failures,
        lastReadAt: lastReadAtMs === null ? null : new Date(lastReadAtMs).toISOString(),
      }));
    },
    async close() {
      closing.abort();
      for (const { timer } of progressById.values()) clearTimeout(timer);
      await Promise.allSettled(underWay);
    },
  };
}

async function readFeed(
  progress: FeedProgress,
  { desk, now }: FeedReaderOptions,
  signal: AbortSignal,
): Promise<FeedReading> {
  const { feed } = progress;
  const answer = await fetchFeed(feed.feedUrl, progress.validators, signal);
  if (answer.kind === 'unchanged') return { outcome: 'UNCHANGED', newArticleCount: 0 };
  const seenAtMs = now();
  // Loaded with the first feed: the parsers are as many files as all the rest of this program.
  const { parseFeedDocument } = await import('./parse-feed.ts');
  const items = parseFeedDocument(answer.text, feed, seenAtMs);
  const newArticleCount = await desk.add(takeFeedItems(items, seenAtMs));
  // Only now: a document that could not be read must be sent again.
  progress.validators = answer.validators;
  return { outcome: 'READ', newArticleCount };
}
