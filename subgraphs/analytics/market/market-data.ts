import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { keepMarketCopy, type TokenRecord } from '../../shared/market-copy.ts';
import type { ServiceTokenSigner } from '../../shared/service-token.ts';
import { runInSlices } from '../run-in-slices.ts';
import { CloseTable } from './close-table.ts';
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
}

/** How long after its data are there the first version begins to compute ahead. */
const FIRST_TURN_MS = 5_000;

type Registry = Pick<MarketData, 'tokens' | 'chainNames'>;
type History = Pick<MarketData, 'closes' | 'figures'>;

/**
 * Keeps copies of the price subgraph's documents and answers from them, also while that subgraph is down. A
 * document that did not change keeps its tables and what was derived from them.
 *
 * What a day's closes give is computed ahead, in slices between requests. The first version answers at once, and
 * computes what is asked for before its turn; later ones replace it when all is there.
 */
export function keepMarketData({ priceUrl, signToken, log }: MarketDataOptions): MarketDataKeeper {
  let registry: Registry | undefined;
  let history: History | undefined;
  let latest: MarketTable | undefined;
  let newest: (Registry & History & Pick<MarketData, 'universe'>) | undefined;
  let published: typeof newest;
  const closing = new AbortController();

  const derive = () => {
    if (registry === undefined || history === undefined || latest === undefined) return;
    const sources = { ...registry, ...history, latest };
    const universe = runInSlices(computeUniverse(sources), closing.signal);
    const version = { ...registry, ...history, universe };
    newest = version;
    published ??= version;
    // The first one leaves the machine to the other programs of the platform while they start; what is asked for
    // meanwhile is computed for whoever asks.
    const turn =
      published === version
        ? delay(FIRST_TURN_MS, undefined, { signal: closing.signal, ref: false })
        : undefined;
    Promise.all([universe, turn])
      .then(() => runInSlices(version.figures.computeAll(), closing.signal))
      .then(() => {
        if (newest === version) published = version;
      })
      .catch((error) => {
        if (!closing.signal.aborted) log.error({ err: error }, 'figures of the market cannot be computed');
      });
  };

  const source = { priceUrl, signToken, log };
  const copies = [
    keepMarketCopy({
      ...source,
      route: '/internal/tokens',
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
      onChange(document) {
        const closes = new CloseTable(document.closes);
        history = { closes, figures: new TokenFigures(closes) };
        derive();
      },
    }),
    keepMarketCopy({
      ...source,
      route: '/internal/market',
      onChange(document) {
        latest = new MarketTable(document);
        // Prices change all the time; what rests on closed days waits for the next one.
        if (newest === undefined) derive();
      },
    }),
  ];

  return {
    current: () => (published === undefined || latest === undefined ? undefined : { ...published, latest }),
    ready: Promise.all(copies.map(({ first }) => first)).then(() => undefined),
    close() {
      closing.abort();
      for (const copy of copies) copy.close();
    },
  };
}
