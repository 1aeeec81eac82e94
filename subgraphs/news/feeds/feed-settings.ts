import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SettingsError } from '../../shared/settings.ts';
import type { NewsSource } from '../load-recording.ts';

/** A source that is read from its feed. */
export interface FeedSettings extends NewsSource {
  /** The address of the feed; https, or http on this machine's loopback. */
  readonly feedUrl: string;
  /** How often it is read. */
  readonly intervalMs: number;
}

/** All feeds together list at most `MAX_FEEDS` × `MAX_ITEMS_PER_FEED` articles: fewer than the desk keeps. */
const MAX_FEEDS = 40;
const DEFAULT_INTERVAL_MINUTES = 15;
const MINUTE_MS = 60_000;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether a feed may be read from an address: https, or http on the loopback, and no user name in it. */
export function isFeedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  return isSafe && username === '' && password === '';
}

const feedsFile = z.strictObject({
  feeds: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'expected lower-case words joined by hyphens'),
        name: z.string().min(1).max(100),
        homepage: z.url({ protocol: /^https$/ }),
        feedUrl: z.string().refine(isFeedUrl, 'expected an https address without a user name'),
        language: z
          .string()
          .regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, 'expected a language tag such as "en"'),
        intervalMinutes: z.number().min(1).max(1440).default(DEFAULT_INTERVAL_MINUTES),
        reliability: z.number().min(0).max(1).nullable().default(null),
      }),
    )
    .max(MAX_FEEDS)
    .refine((feeds) => new Set(feeds.map(({ id }) => id)).size === feeds.length, 'expected each id once'),
});

/**
 * Reads the file that NEWS_FEEDS names: YAML or JSON, `feeds: [{ id, name, homepage, feedUrl, language,
 * intervalMinutes, reliability }]`.
 *
 * @throws SettingsError naming the place in the file and what was expected there
 */
export async function readFeedSettings(file: string): Promise<FeedSettings[]> {
  const fail = (reason: string): never => {
    throw new SettingsError(`NEWS_FEEDS: ${file}: ${reason}`);
  };
  const { parse } = await import('yaml');
  const text = await readFile(file, 'utf8').catch((error: Error) => fail(error.message));
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return fail((error as Error).message);
  }
  const parsed = feedsFile.safeParse(document);
  if (!parsed.success) return fail(z.prettifyError(parsed.error));
  return parsed.data.feeds.map(({ intervalMinutes, ...feed }) => ({
    ...feed,
    intervalMs: intervalMinutes * MINUTE_MS,
  }));
}
