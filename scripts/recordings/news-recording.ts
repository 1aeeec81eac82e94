import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recording } from './recording.ts';
import { formatJsonLines, recordingClock } from './recording.ts';

/** A line of `news-sources.json`. */
export interface NewsSourceRecord {
  readonly id: string;
  readonly name: string;
  readonly homepage: string;
  readonly language: string;
  /** 0 to 1, set by editors; null while nobody has. */
  readonly reliability: number | null;
}

/** A line of `news.ndjson`. */
export interface NewsRecord {
  readonly publishedAt: string;
  readonly sourceId: string;
  readonly title: string;
  readonly url: string;
  readonly language: string;
  readonly summary: string | null;
}

interface NewsFigure {
  readonly publishedAt: string;
  readonly source: string;
  readonly title: string;
  readonly url: string;
}

/** The offices by the name that the figures give them. Homepages are the origins of their own links. */
const offices: Readonly<Record<string, Pick<NewsSourceRecord, 'id' | 'name' | 'homepage'>>> = {
  FDIC: { id: 'fdic', name: 'Federal Deposit Insurance Corporation', homepage: 'https://www.fdic.gov/' },
  FRB: { id: 'federal-reserve', name: 'Federal Reserve Board', homepage: 'https://www.federalreserve.gov/' },
  'Federal Register': {
    id: 'federal-register',
    name: 'Federal Register',
    homepage: 'https://www.federalregister.gov/',
  },
  FinCEN: { id: 'fincen', name: 'Financial Crimes Enforcement Network', homepage: 'https://www.fincen.gov/' },
  'House Financial Services': {
    id: 'house-financial-services',
    name: 'House Committee on Financial Services',
    homepage: 'https://financialservices.house.gov/',
  },
  IRS: { id: 'irs', name: 'Internal Revenue Service', homepage: 'https://www.irs.gov/' },
  OCC: { id: 'occ', name: 'Office of the Comptroller of the Currency', homepage: 'https://www.occ.gov/' },
  'Senate Banking': {
    id: 'senate-banking',
    name: 'Senate Committee on Banking, Housing, and Urban Affairs',
    homepage: 'https://www.banking.senate.gov/',
  },
  Treasury: { id: 'treasury', name: 'Department of the Treasury', homepage: 'https://home.treasury.gov/' },
  'White House': { id: 'white-house', name: 'The White House', homepage: 'https://www.whitehouse.gov/' },
};

/**
 * Builds the recording of headlines: time, office, title and link as they stand in the figures.
 *
 * @throws Error for an office that has no entry
 */
export async function buildNewsRecording(figuresPath: string, retrievedAt: string): Promise<Recording> {
  const text = await readFile(join(figuresPath, 'news/us-government-crypto.ndjson'), 'utf8');
  const figures = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as NewsFigure);
  const items = figures
    .filter((figure) => Date.parse(figure.publishedAt) < Date.parse(recordingClock))
    .map(toNewsRecord)
    .toSorted((a, b) => Date.parse(a.publishedAt) - Date.parse(b.publishedAt));
  const usedIds = new Set(items.map((item) => item.sourceId));
  const sources = Object.values(offices)
    .filter((office) => usedIds.has(office.id))
    .map((office): NewsSourceRecord => ({ ...office, language: 'en', reliability: null }));
  const publicDomain = {
    source: 'feeds of the offices of the US government named in news-sources.json',
    licence: 'public domain (17 U.S.C. 105)',
  };
  return {
    manifest: {
      id: 'us-government-2026',
      title: 'Headlines on digital assets of US agencies and committees, 2026',
      kind: 'recorded',
      licence: 'public domain (17 U.S.C. 105)',
      attribution: 'The offices of the US government named in news-sources.json',
      source: 'feeds of US government offices',
      retrievedAt,
      clock: recordingClock,
      notes: [
        'Titles of works of the United States government, which 17 U.S.C. 105 keeps free of copyright. Texts stay with the offices.',
        "The feeds give no summary: summary is null throughout. Repeated titles are kept; folding them is the reader's part.",
      ],
      leftOut: [
        {
          what: 'headlines published after the end of the recording (2026-08-17 to 2026-08-21)',
          rows: figures.length - items.length,
          reason: 'they lie in the future of the recording clock',
        },
      ],
    },
    entries: [
      {
        content: `${items.map((item) => JSON.stringify(item)).join('\n')}\n`,
        description: {
          path: 'news.ndjson',
          rows: items.length,
          from: items[0]?.publishedAt ?? null,
          to: items.at(-1)?.publishedAt ?? null,
          ...publicDomain,
        },
      },
      {
        content: formatJsonLines(sources),
        description: {
          path: 'news-sources.json',
          rows: sources.length,
          from: null,
          to: null,
          ...publicDomain,
        },
      },
    ],
  };
}

function toNewsRecord(figure: NewsFigure): NewsRecord {
  const office = offices[figure.source];
  if (office === undefined) throw new Error(`Expected a known office, found "${figure.source}".`);
  return {
    publishedAt: figure.publishedAt,
    sourceId: office.id,
    title: figure.title,
    url: figure.url,
    language: 'en',
    summary: null,
  };
}
