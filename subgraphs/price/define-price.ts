import type { Logger } from 'pino';
import rules from '../../schema/rules.ts';
import { type Clock, createClock } from '../shared/clock.ts';
import { createCursorCodec } from '../shared/cursor.ts';
import type { SubgraphDefinition } from '../shared/server.ts';
import type { SubgraphSettings } from '../shared/settings.ts';
import { CandleHistory } from './candles/candle-history.ts';
import { PriceHistory } from './history/price-history.ts';
import { ClosesCollector } from './internal/closes-collector.ts';
import { closesDocument, marketDocument, tokensDocument } from './internal/documents.ts';
import { registerDocumentRoutes } from './internal/routes.ts';
import { Market, type MarketTable } from './market/market-table.ts';
import type { PriceContext, PriceServices } from './price-context.ts';
import type { CloseInterval, MarketDataProvider, TokenId } from './providers/market-data-provider.ts';
import { openProviders } from './providers/open-providers.ts';
import { type ProviderSettings, readProviderSettings } from './providers/provider-settings.ts';
import { createRecordedProvider } from './providers/recorded-provider.ts';
import type { ProviderStatus } from './providers/stack/provider-stack.ts';
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
  /** Where market data come from; by default after the environment. */
  readonly providerSettings?: ProviderSettings;
  /** Stands around or in place of the provider that plays the recordings. */
  readonly wrapProvider?: (recorded: MarketDataProvider) => MarketDataProvider;
  /** The clock by which quotes grow old in the book and quotas refill, in milliseconds; by default the process's own. */
  readonly monotonicMs?: () => number;
  /** How long a provider that keeps failing is left alone, in milliseconds. */
  readonly breakerOpenMs?: number;
}

/** Builds the price subgraph: registry, quotes and histories from the recorded sets. */
export async function definePrice(
  settings: SubgraphSettings,
  log: Logger,
  {
    clock = createClock(settings.clockMode),
    providerSettings = readProviderSettings(),
    wrapProvider = (recorded) => recorded,
    monotonicMs = () => performance.now(),
    breakerOpenMs,
  }: PriceOptions = {},
): Promise<SubgraphDefinition<PriceContext>> {
  const sources = await Promise.all(
    RECORDINGS.map(async ({ folder, source }) => ({
      source,
      set: await openRecordingSet(new URL(`./recordings/${folder}/`, import.meta.url)),
    })),
  );
  const providers = openProviders({
    settings: providerSettings,
    recorded: wrapProvider(createRecordedProvider(sources, clock)),
    clock,
    monotonicMs,
    breakerOpenMs,
  });
  const { provider, fallback, stacks } = providers;
  if (provider.kind !== 'RECORDED' && clock.mode !== 'shift') {
    log.warn({ clock: clock.mode }, 'a live provider is not of the time that this clock shows');
  }
  const registry = await readTokenRegistry(sources.map(({ set }) => set));
  const pricedIds = registry.tokens.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
  const book = new QuoteBook({
    provider,
    fallback,
    fillIds: pricedIds,
    onFailure: (err) => log.warn({ err, provider: provider.name }, 'the provider gave no quotes'),
    monotonicMs,
  });
  const market = new Market(book, provider, pricedIds);
  const services: PriceServices = {
    clock,
    cursors: createCursorCodec(settings.cursorKey),
    registry,
    search: createTokenSearch(registry),
    history: new PriceHistory(provider, clock, pricedIds),
    candles: new CandleHistory(provider, clock),
    providerStatuses: () => stacks.map((stack) => stack.status()),
  };
  const collectCloses = (interval: CloseInterval, tokenIds: readonly TokenId[]) =>
    new ClosesCollector({
      provider,
      clock,
      interval,
      tokenIds,
      onFailure: (err, tokenId) => log.warn({ err, tokenId, interval }, 'the provider gave no closes'),
    });
  const days = collectCloses(
    'ONE_DAY',
    registry.tokens.map(({ id }) => id),
  );
  // Recorded hours cost nothing; those of a live provider a call for each token, every hour.
  const hours = collectCloses(
    'ONE_HOUR',
    provider.kind === 'RECORDED' ? pricedIds : pricedIds.slice(0, providerSettings.coinGeckoHourlyTokens),
  );
  const documents = {
    '/internal/tokens': tokensDocument(registry),
    '/internal/closes': closesDocument(days, 'ONE_DAY'),
    '/internal/hours': closesDocument(hours, 'ONE_HOUR'),
    '/internal/market': marketDocument(market),
  };
  return {
    name: 'price',
    schemaFile: new URL('../../schema/price.graphql', import.meta.url),
    rules,
    resolvers: priceResolvers,
    createContext: (caller) => {
      let table: Promise<MarketTable> | undefined;
      const marketTable = () => {
        table ??= market.table();
        return table;
      };
      return { ...services, caller, prices: createPriceLoader(book, registry), marketTable };
    },
    describeHealth: () => ({
      provider: provider.name,
      providerCalls: stacks[0].calls,
      providers: stacks.map((stack) => ({ ...describeStatus(stack.status()), calls: stack.calls })),
    }),
    internalRoutes: {
      issuers: ['portfolio', 'analytics', 'news'],
      register: (app) => registerDocumentRoutes(app, documents),
    },
    close: async () => {
      days.close();
      hours.close();
      await providers.close();
    },
  };
}

function describeStatus({ name, available, lastSuccessAtMs }: ProviderStatus) {
  return {
    name,
    available,
    lastSuccessAt: lastSuccessAtMs === undefined ? null : new Date(lastSuccessAtMs).toISOString(),
  };
}
