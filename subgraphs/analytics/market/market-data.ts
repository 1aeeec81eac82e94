import type { Logger } from 'pino';
import { keepMarketCopy, type TokenRecord } from '../../shared/market-copy.ts';
import type { ServiceTokenSigner } from '../../shared/service-token.ts';
import { CloseTable } from './close-table.ts';
import { MarketTable } from './market-table.ts';
import { TokenFigures } from './token-figures.ts';

/** What analytics knows of the market at one moment; immutable, so that an operation sees one version. */
export interface MarketData {
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  /** The names of chains by CAIP-2 id, as far as the price subgraph tells them. */
  readonly chainNames: ReadonlyMap<string, string>;
  readonly closes: CloseTable;
  /** Derived from `closes`. */
  readonly figures: TokenFigures;
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

/**
 * Keeps copies of the price subgraph's documents and answers from them, also while that subgraph is down. A
 * document that did not change keeps its tables and what was derived from them.
 */
export function keepMarketData({ priceUrl, signToken, log }: MarketDataOptions): MarketDataKeeper {
  let registry: Pick<MarketData, 'tokens' | 'chainNames'> | undefined;
  let history: Pick<MarketData, 'closes' | 'figures'> | undefined;
  let latest: MarketTable | undefined;
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
      },
    }),
    keepMarketCopy({
      ...source,
      route: '/internal/closes',
      onChange(document) {
        const closes = new CloseTable(document.closes);
        history = { closes, figures: new TokenFigures(closes) };
      },
    }),
    keepMarketCopy({
      ...source,
      route: '/internal/market',
      onChange(document) {
        latest = new MarketTable(document);
      },
    }),
  ];

  return {
    current() {
      if (registry === undefined || history === undefined || latest === undefined) return undefined;
      return { ...registry, ...history, latest };
    },
    ready: Promise.all(copies.map(({ first }) => first)).then(() => undefined),
    close() {
      for (const copy of copies) copy.close();
    },
  };
}
