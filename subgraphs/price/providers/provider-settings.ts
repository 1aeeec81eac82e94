import { z } from 'zod';
import { SettingsError } from '../../shared/settings.ts';

const DEFAULT_COINGECKO_URL = 'https://api.coingecko.com/api/v3';

const environment = z.object({
  PRICE_PROVIDER: z.enum(['recorded', 'coingecko']).default('recorded'),
  PRICE_FALLBACK: z.enum(['none', 'recorded']).default('none'),
  COINGECKO_URL: z.url({ protocol: /^https?$/ }).default(DEFAULT_COINGECKO_URL),
  COINGECKO_API_KEY: z.string().min(1).optional(),
  COINGECKO_HISTORY_DAYS: z.union([z.literal('max'), z.coerce.number().int().min(91)]).default(365),
  COINGECKO_HOURLY_TOKENS: z.coerce.number().int().min(0).max(250).default(0),
  COINGECKO_CALLS_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(30),
});

/** Where market data come from. */
export interface ProviderSettings {
  /** PRICE_PROVIDER; default recorded. */
  readonly provider: 'recorded' | 'coingecko';
  /** What stands in for what a failing provider never told. PRICE_FALLBACK; default none. */
  readonly fallback: 'none' | 'recorded';
  /** The address of CoinGecko's API with its version. COINGECKO_URL. */
  readonly coinGeckoUrl: string;
  /** COINGECKO_API_KEY; sent as the key of the paid plans to their host, else as that of the demo plan. */
  readonly coinGeckoApiKey: string | undefined;
  /** How many days of daily closes the plan includes; at least 91, below which the API gives hours. COINGECKO_HISTORY_DAYS; default 365. */
  readonly coinGeckoHistoryDays: number | 'max';
  /**
   * Of how many tokens, the first of the registry, hourly closes are collected for the other subgraphs: a call for each
   * every hour. COINGECKO_HOURLY_TOKENS; default 0.
   */
  readonly coinGeckoHourlyTokens: number;
  /** The quota of the plan. COINGECKO_CALLS_PER_MINUTE; default 30. */
  readonly coinGeckoCallsPerMinute: number;
}

/**
 * Reads the settings of the providers from the environment.
 *
 * @throws SettingsError naming each variable at fault
 */
export function readProviderSettings(env: NodeJS.ProcessEnv = process.env): ProviderSettings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(`The settings of the price provider are not usable.\n  ${faults.join('\n  ')}`);
  }
  return {
    provider: parsed.data.PRICE_PROVIDER,
    fallback: parsed.data.PRICE_FALLBACK,
    coinGeckoUrl: parsed.data.COINGECKO_URL,
    coinGeckoApiKey: parsed.data.COINGECKO_API_KEY,
    coinGeckoHistoryDays: parsed.data.COINGECKO_HISTORY_DAYS,
    coinGeckoHourlyTokens: parsed.data.COINGECKO_HOURLY_TOKENS,
    coinGeckoCallsPerMinute: parsed.data.COINGECKO_CALLS_PER_MINUTE,
  };
}
