import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { keepMarketCopy, type TokenRecord } from '../../shared/market-copy.ts';
import type { ServiceTokenSigner } from '../../shared/service-token.ts';
import { runInSlices } from '../run-in-slices.ts';
import { BarFigures } from './bar-figures.ts';
import { type BarInterval, HOURLY_BAR_INTERVALS } from './bars.ts';
import { CloseTable } from './close-table.ts';
import { hourlyClosesOf } from './hourly-closes.ts';
import { MarketTable } from './market-table.ts';
import { TokenFigures } from './token-figures.ts';
import { computeUniverse, type Universe } from './universe.ts';

/** What analytics knows of the market at one moment; immutable, so that an operation sees one version. */
export interface MarketData {
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  /** The names of chains by CAIP-2 id, as far as the price subgraph tells them. */
  readonly chainNames: ReadonlyMap<string, string>;
  readonly closes: CloseTable;
  /** Derived from `closes`. */
  readonly figures: TokenFigures;
  /** The figures of bars of a length; those of hours rest on the hourly closes of the tokens that have any. */
  barsOf(interval: BarInterval): BarFigures;
  /** Derived from `tokens`, `closes` and the figures of the market that were the latest at the time. */
  readonly universe: Promise<Universe>;
  readonly latest: MarketTable;
}

export interface MarketDataKeeper {
  /** The newest version; undefined until the first copies of all documents are there. */
  current(): MarketData | undefined;
  /** Settles when `current` is there. */
  readonly ready: Promise<void>;
  close(): void;
}

export interface MarketDataOptions {
  /** The origin of the price subgraph. */
  readonly priceUrl: string;
  readonly signToken: ServiceTokenSigner;
  readonly log: Logger;
  /** The folder for the copies that outlive the process. */
  readonly folder: string;
}

/** How long after its data are there the first version begins to compute ahead. */
const FIRST_TURN_MS = 5_000;

type Registry = Pick<MarketData, 'tokens' | 'chainNames'>;
type History = Pick<MarketData, 'closes' | 'figures'>;
type Version = Registry & History & Pick<MarketData, 'universe'>;

/**
 * Keeps copies of the price subgraph's documents and answers from them, also while that subgraph is down. A
 * document that did not change keeps its tables and what was derived from them.
 *
 * What closed bars give is computed ahead, in slices between requests, one piece of work after the other. The first
 * version answers at once, and computes what is asked for before its turn; later ones replace it when all is there.
 * Closes that the price subgraph is still collecting are as none: what rests on them is null until all have come.
 */
export function keepMarketData({ priceUrl, signToken, log, folder }: MarketDataOptions): MarketDataKeeper {
  let registry: Registry | undefined;
  let history: History | undefined;
  let hours: BarFigures | undefined;
  let latest: MarketTable | undefined;
  let newest: Version | undefined;
  let published: Version | undefined;
  let publishedHours: BarFigures | undefined;
  const closing = new AbortController();
  const { promise: ready, resolve: resolveReady } = Promise.withResolvers<void>();

  let ahead: Promise<void> | undefined;
  /** Does work when the work before it is done and it still is what `isWanted` says. */
  const computeAhead = (
    begin: () => Generator<undefined, void>,
    isWanted: () => boolean,
    publish: () => void,
  ): void => {
    // The first work leaves the machine to the other programs of the platform while they start; what is asked for
    // meanwhile is computed for whoever asks.
    ahead = (ahead ?? delay(FIRST_TURN_MS, undefined, { signal: closing.signal, ref: false }))
      .then(async () => {
        if (isWanted()) await runInSlices(begin(), closing.signal);
        if (isWanted()) publish();
      })
      .catch((error) => {
        if (!closing.signal.aborted) log.error({ err: error }, 'figures of the market cannot be computed');
      });
  };
  const isReady = () => published !== undefined && publishedHours !== undefined && latest !== undefined;

  const derive = (): void => {
    if (registry === undefined || history === undefined || latest === undefined) return;
    const sources = { ...registry, ...history, latest };
    const universe = runInSlices(computeUniverse(sources), closing.signal);
    universe.catch((error) => {
      if (!closing.signal.aborted) log.error({ err: error }, 'figures of all tokens cannot be computed');
    });
    const version = { ...registry, ...history, universe };
    newest = version;
    if (published === undefined || published.closes.byToken.size === 0) published = version;
    computeAhead(
      () => version.figures.computeAll(),
      () => newest === version,
      () => {
        universe.then(
          () => {
            if (newest === version) published = version;
          },
          () => {},
        );
      },
    );
    if (isReady()) resolveReady();
  };
  const deriveHistory = (closes: CloseTable): void => {
    history = { closes, figures: new TokenFigures(closes) };
    derive();
  };
  const deriveHours = (figures: BarFigures): void => {
    hours = figures;
    publishedHours ??= figures;
    computeAhead(
      () => figures.computeAll(),
      () => hours === figures,
      () => {
        publishedHours = figures;
      },
    );
    if (isReady()) resolveReady();
  };

  const source = { priceUrl, signToken, log };
  const copies = [
    keepMarketCopy({
      ...source,
      route: '/internal/tokens',
      file: join(folder, 'tokens.json'),
      onChange({ tokens, chains = [] }) {
        registry = {
          tokens: new Map(tokens.map((token) => [token.id, token])),
          chainNames: new Map(chains.map(({ id, name }) => [id, name])),
        };
        derive();
      },
    }),
    keepMarketCopy({
      ...source,
      route: '/internal/closes',
      file: join(folder, 'closes.json'),
      onChange: ({ closes }) => deriveHistory(new CloseTable(closes)),
      onPending() {
        if (history === undefined) deriveHistory(new CloseTable({}));
      },
    }),
    keepMarketCopy({
      ...source,
      route: '/internal/hours',
      file: join(folder, 'hours.json'),
      onChange: ({ closes }) => deriveHours(new BarFigures(hourlyClosesOf(closes), HOURLY_BAR_INTERVALS)),
      onPending() {
        if (hours === undefined) deriveHours(new BarFigures(new Map(), HOURLY_BAR_INTERVALS));
      },
    }),
    keepMarketCopy({
      ...source,
      route: '/internal/market',
      file: join(folder, 'market.json'),
      onChange(document) {
        latest = new MarketTable(document);
        // Prices change all the time; what rests on closed days waits for the next one.
        if (newest === undefined) derive();
      },
    }),
  ];

  return {
    current() {
      if (published === undefined || publishedHours === undefined || latest === undefined) return undefined;
      const { figures } = published;
      const hourly = publishedHours;
      return {
        ...published,
        latest,
        barsOf: (interval) => (isHourly(interval) ? hourly : figures.bars),
      };
    },
    ready,
    close() {
      closing.abort();
      for (const copy of copies) copy.close();
    },
  };
}

function isHourly(interval: BarInterval): boolean {
  return (HOURLY_BAR_INTERVALS as readonly BarInterval[]).includes(interval);
}
