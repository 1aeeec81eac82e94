import { parseFeed } from 'feedsmith';
import type { FeedItem } from '../ingest/normalise-item.ts';
import type { FeedSettings } from './feed-settings.ts';
import { FeedFailure } from './fetch-feed.ts';
import { publicationTimeOf } from './publication-time.ts';

/** The items of a feed that are read, from its top. */
export const MAX_ITEMS_PER_FEED = 50;
/** What is read of a text before it is made plain: much more than is shown of it. */
const MAX_TITLE_CHARACTERS = 2000;
const MAX_SUMMARY_CHARACTERS = 20_000;

/** A document type with declarations of its own, before the root element. No feed needs one; bombs do. */
const INTERNAL_SUBSET = /^(?:[^<]|<\?|<!--)*<!doctype[^>[]*\[/i;

/** What the formats have in common. */
interface ParsedItem {
  readonly title?: string | undefined;
  readonly link?: string | undefined;
  readonly summary?: string | undefined;
  /** Text, as the source wrote it. */
  readonly published?: unknown;
  readonly imageUrl?: string | undefined;
  readonly authors?: readonly (string | undefined)[] | undefined;
}

/**
 * Reads an RSS (0.9x, 1.0, 2.0) or Atom document. Entities that it declares are never expanded.
 *
 * @param seenAtMs - now: the time of items without a usable one
 * @throws FeedFailure when it is no such document
 */
export function parseFeedDocument(
  text: string,
  { id, feedUrl, language }: Pick<FeedSettings, 'id' | 'feedUrl' | 'language'>,
  seenAtMs: number,
): FeedItem[] {
  if (INTERNAL_SUBSET.test(text.slice(0, 10_000))) throw new FeedFailure('declares entities of its own');
  const { base, items } = readDocument(text);
  const baseUrl = base !== undefined && URL.canParse(base, feedUrl) ? new URL(base, feedUrl).href : feedUrl;
  const absolute = (link: string | undefined) =>
    link !== undefined && URL.canParse(link.trim(), baseUrl) ? new URL(link.trim(), baseUrl).href : undefined;
  return items.slice(0, MAX_ITEMS_PER_FEED).flatMap((item) => {
    const url = absolute(item.link);
    if (url === undefined || item.title === undefined) return [];
    return [
      {
        sourceId: id,
        language,
        url,
        title: item.title.slice(0, MAX_TITLE_CHARACTERS),
        summary: item.summary?.slice(0, MAX_SUMMARY_CHARACTERS),
        publishedAt: new Date(publicationTimeOf(textOf(item.published), seenAtMs)).toISOString(),
        imageUrl: absolute(item.imageUrl),
        authors: item.authors
          ?.filter((author) => author !== undefined)
          .map((author) => author.slice(0, MAX_TITLE_CHARACTERS)),
      },
    ];
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readDocument(text: string): { readonly base: string | undefined; readonly items: ParsedItem[] } {
  const parsed = parseOrFail(text);
  switch (parsed.format) {
    case 'rss':
      return { base: undefined, items: (parsed.feed.items ?? []).map(itemOfRss) };
    case 'rdf':
      return {
        base: undefined,
        items: (parsed.feed.items ?? []).map(({ title, link, description, dc }) => ({
          title,
          link,
          summary: description,
          published: dc?.dates?.[0],
          authors: dc?.creators,
        })),
      };
    case 'atom':
      return { base: parsed.feed.xml?.base, items: (parsed.feed.entries ?? []).map(itemOfAtom) };
    default:
      throw new FeedFailure(`expected RSS or Atom, found ${parsed.format}`);
  }
}

type Parsed = ReturnType<typeof parseFeed>;
type RssItem = NonNullable<Extract<Parsed, { format: 'rss' }>['feed']['items']>[number];
type AtomEntry = NonNullable<Extract<Parsed, { format: 'atom' }>['feed']['entries']>[number];

function parseOrFail(text: string): Parsed {
  try {
    return parseFeed(text, { maxItems: MAX_ITEMS_PER_FEED });
  } catch (error) {
    throw new FeedFailure('is no RSS or Atom document', { cause: error });
  }
}

function itemOfRss({ title, link, guid, description, pubDate, enclosures, media, dc }: RssItem): ParsedItem {
  const picture = enclosures?.find(({ type }) => type?.startsWith('image/'));
  return {
    title,
    // RSS 2.0: a guid is a permanent link unless it says that it is none.
    link: link ?? (guid?.isPermaLink === false ? undefined : guid?.value),
    summary: description,
    published: pubDate ?? dc?.dates?.[0],
    imageUrl: picture?.url ?? media?.thumbnails?.[0]?.url,
    authors: dc?.creators,
  };
}

function itemOfAtom({ title, links, summary, published, updated, authors }: AtomEntry): ParsedItem {
  return {
    title: title?.value,
    link: links?.find(({ rel }) => rel === undefined || rel === 'alternate')?.href,
    summary: summary?.value,
    published: published ?? updated,
    authors: authors?.map(({ name }) => name),
  };
}
