import type { Logger } from 'pino';
import { type Clock, createClock } from '../shared/clock.ts';
import { createCursorCodec } from '../shared/cursor.ts';
import type { SubgraphDefinition } from '../shared/server.ts';
import type { SubgraphSettings } from '../shared/settings.ts';
import { CandleHistory } from './candles/candle-history.ts';
import { PriceHistory } from './history/price-history.ts';
import { closesDocument, marketDocument, tokensDocument } from './internal/documents.ts';
import { registerDocumentRoutes } from './internal/routes.ts';
import { Market, type MarketTable } from './market/market-table.ts';
import type { PriceContext, PriceServices } from './price-context.ts';
import { countCalls } from './providers/counting-provider.ts';
import type { MarketDataProvider } from './providers/market-data-provider.ts';
import { createRecordedProvider } from './providers/recorded-provider.ts';
import { createPriceLoader } from './quotes/price-loader.ts';
import { QuoteBook } from './quotes/quote-book.ts';
import { openRecordingSet } from './recording/recording-set.ts';
import { readTokenRegistry } from './registry/token-registry.ts';
import { createTokenSearch } from './registry/token-search.ts';
import { priceResolvers } from './resolvers/resolvers.ts';

/** The sets that are played back; the first that knows a token speaks for it. */
const RECORDINGS = [
  { folder: 'market-2017-2026', source: 'recorded' },
  { folder: 'universe-synthetic', source: 'synthetic' },
] as const;

export interface PriceOptions {
  /** The platform's clock; by default after the settings. */
  readonly clock?: Clock;
  /** Stands around or in place of the provider that plays the recordings. */
  readonly wrapProvider?: (recorded: MarketDataProvider) => MarketDataProvider;
  /** The clock by which quotes grow old in the book, in milliseconds; by default the process's own. */
  readonly monotonicMs?: () => number;
}

/** Builds the price subgraph: registry, quotes and histories from the recorded sets. */
export async function definePrice(
  settings: SubgraphSettings,
  log: Logger,
  {
    clock = createClock(settings.clockMode),
    wrapProvider = (recorded) => recorded,
    monotonicMs,
  }: PriceOptions = {},
): Promise<SubgraphDefinition<PriceContext>> {
  const sources = await Promise.all(
    RECORDINGS.map(async ({ folder, source }) => ({
      source,
      set: await openRecordingSet(new URL(`./recordings/${folder}/`, import.meta.url)),
    })),
  );
  const provider = countCalls(wrapProvider(createRecordedProvider(sources, clock)));
  const registry = await readTokenRegistry(sources.map(({ set }) => set));
  const pricedIds = registry.tokens.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
  const book = new QuoteBook({
    provider,
    fillIds: pricedIds,
    onFailure: (err) => log.warn({ err, provider: provider.name }, 'the provider gave no quotes'),
    ...(monotonicMs === undefined ? {} : { monotonicMs }),
  });
  const market = new Market(book, provider, pricedIds);
  const services: PriceServices = {
    clock,
    cursors: createCursorCodec(settings.cursorKey),
    registry,
    search: createTokenSearch(registry),
    history: new PriceHistory(provider, clock),
    candles: new CandleHistory(provider, clock),
  };
  const documents = {
    '/internal/tokens': tokensDocument(registry),
    '/internal/closes': closesDocument(registry, provider, clock),
    '/internal/market': marketDocument(market),
  };
  return {
    name: 'price',
    schemaFile: new URL('../../schema/price.graphql', import.meta.url),
    resolvers: priceResolvers,
    createContext: (caller) => {
      let table: Promise<MarketTable> | undefined;
      const marketTable = () => {
        table ??= market.table();
        return table;
      };
      return { ...services, caller, prices: createPriceLoader(book, registry), marketTable };
    },
    describeHealth: () => ({ provider: provider.name, providerCalls: provider.calls }),
    internalRoutes: {
      issuers: ['portfolio', 'analytics', 'news'],
      register: (app) => registerDocumentRoutes(app, documents),
    },
  };
}
