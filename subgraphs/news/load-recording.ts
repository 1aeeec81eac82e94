import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { FeedItem } from './ingest/normalise-item.ts';

/** A publisher or feed. */
export interface NewsSource {
  readonly id: string;
  readonly name: string;
  readonly homepage: string;
  /** BCP 47. */
  readonly language: string;
  /** 0 to 1; null while the editors have set none. */
  readonly reliability: number | null;
}

/** A recorded set of news: its sources and what they published, in recorded time. */
export interface NewsRecording {
  readonly sources: readonly NewsSource[];
  readonly items: readonly FeedItem[];
}

const sourcesFile = z.array(
  z.object({
    id: z.string().min(1),
    name: z.string().min(1),
    homepage: z.url({ protocol: /^https$/ }),
    language: z.string().min(2),
    reliability: z.number().min(0).max(1).nullable(),
  }),
);

const itemLine = z.object({
  publishedAt: z.iso.datetime(),
  sourceId: z.string(),
  title: z.string(),
  url: z.string(),
  language: z.string(),
  summary: z.string().nullish(),
  imageUrl: z.string().nullish(),
  authors: z.array(z.string()).optional(),
});

/**
 * Reads a recorded set: `news-sources.json` and `news.ndjson`, one item a line.
 *
 * @throws Error naming file and line that is not of the form, or the item of an unknown source
 */
export async function loadRecording(directory: URL): Promise<NewsRecording> {
  const [sourcesText, itemsText] = await Promise.all([
    readFile(new URL('news-sources.json', directory), 'utf8'),
    readFile(new URL('news.ndjson', directory), 'utf8'),
  ]);
  const sources = sourcesFile.parse(JSON.parse(sourcesText));
  const sourceIds = new Set(sources.map(({ id }) => id));
  const items = itemsText
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const parsed = itemLine.safeParse(JSON.parse(line));
      if (!parsed.success) throw new Error(`news.ndjson:${index + 1}: ${z.prettifyError(parsed.error)}`);
      if (!sourceIds.has(parsed.data.sourceId)) {
        throw new Error(
          `news.ndjson:${index + 1}: expected a source of news-sources.json, found "${parsed.data.sourceId}"`,
        );
      }
      return parsed.data;
    });
  return { sources, items };
}
