import type { Clock } from '../../shared/clock.ts';
import { createCoinGeckoClient } from './coingecko/coingecko-client.ts';
import { createCoinGeckoProvider } from './coingecko/coingecko-provider.ts';
import type { MarketDataProvider } from './market-data-provider.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { type ProviderStack, stackProvider } from './stack/provider-stack.ts';
import { withFallback } from './stack/with-fallback.ts';

export interface OpenProvidersOptions {
  readonly settings: ProviderSettings;
  /** The provider that plays the recordings. */
  readonly recorded: MarketDataProvider;
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  readonly breakerOpenMs?: number | undefined;
}

/** The providers that are configured, each in its stack. */
export interface Providers {
  /** The first one; statistics, closes and candles fall back to the second. */
  readonly provider: MarketDataProvider;
  /** What stands in for quotes that the first one never told; undefined when nothing does. */
  readonly fallback: MarketDataProvider | undefined;
  /** First one first. */
  readonly stacks: readonly [ProviderStack, ...ProviderStack[]];
  close(): Promise<void>;
}

/** Opens the provider that is configured, and the one that stands in for it. */
export function openProviders({ settings, recorded, ...options }: OpenProvidersOptions): Providers {
  const recordedStack = stackProvider(recorded, options);
  if (settings.provider === 'recorded') {
    return {
      provider: recordedStack.provider,
      fallback: undefined,
      stacks: [recordedStack],
      close: async () => {},
    };
  }
  const client = createCoinGeckoClient({ url: settings.coinGeckoUrl, apiKey: settings.coinGeckoApiKey });
  const stack = stackProvider(createCoinGeckoProvider(client, options.clock, settings.coinGeckoHistoryDays), {
    ...options,
    callsPerMinute: settings.coinGeckoCallsPerMinute,
  });
  const fallback = settings.fallback === 'recorded' ? recordedStack : undefined;
  return {
    provider: withFallback(stack.provider, fallback?.provider),
    fallback: fallback?.provider,
    stacks: fallback === undefined ? [stack] : [stack, fallback],
    close: () => client.close(),
  };
}
