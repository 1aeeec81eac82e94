import type { Logger } from 'pino';
import { type CloseSeries, keepMarketCopy } from '../../shared/market-copy.ts';
import type { ServiceTokenSigner } from '../../shared/service-token.ts';
import type { Database } from '../storage/open-database.ts';
import { createMarketPrices, type MarketPrices } from './market-prices.ts';
import { saveTokens, tokensWithoutSymbol } from './token-copy.ts';
import { entriesWithoutPrice, valueEntries } from './value-entries.ts';

export interface FollowMarketOptions {
  readonly database: Database;
  readonly priceUrl: string;
  readonly signToken: ServiceTokenSigner;
  readonly log: Logger;
}

/** What the price subgraph tells, kept beside the ledgers. */
export interface FollowedMarket {
  readonly prices: MarketPrices;
  /** Why ledgers cannot be served yet; undefined once they can. */
  readonly notReadyBecause: () => string | undefined;
  /** Settles when ledgers can be served for the first time. */
  readonly ready: Promise<void>;
  /** Settles with the first copy of the daily closes. */
  readonly closesKnown: Promise<unknown>;
  /** Ends the copies, after what is being written. */
  close(): Promise<void>;
}

/**
 * Follows the registry and the daily closes. Without the price subgraph the tables serve on with the tickers and
 * prices that they hold; only a first start has to wait for it.
 */
export async function followMarket(options: FollowMarketOptions): Promise<FollowedMarket> {
  const { database, log } = options;
  let closes: Readonly<Record<string, CloseSeries>> | undefined;
  let reason: string | undefined;
  let isClosed = false;
  const { promise: ready, resolve: resolveReady } = Promise.withResolvers<void>();
  const prices = createMarketPrices(() => closes);

  const check = async (): Promise<void> => {
    reason = await findReason(database);
    if (reason === undefined) resolveReady();
  };
  // One write after the other, each followed by a look at what is still missing.
  let writes = check();
  const write = (start: () => Promise<void>): void => {
    if (isClosed) return;
    writes = writes
      .then(start)
      .then(check)
      .catch((error) => log.error({ err: error }, 'what the price subgraph told could not be kept'));
  };
  await writes;

  const tokensCopy = keepMarketCopy({
    ...options,
    route: '/internal/tokens',
    onChange: ({ tokens }) => write(() => saveTokens(database, tokens)),
  });
  const closesCopy = keepMarketCopy({
    ...options,
    route: '/internal/closes',
    onChange: (document) => {
      closes = document.closes;
      write(() => valueEntries(database, prices));
    },
  });

  return {
    prices,
    notReadyBecause: () => reason,
    ready,
    closesKnown: closesCopy.first,
    async close() {
      isClosed = true;
      tokensCopy.close();
      closesCopy.close();
      await writes;
    },
  };
}

async function findReason(database: Database): Promise<string | undefined> {
  const tokens = await tokensWithoutSymbol(database);
  if (tokens.length > 0)
    return `the registry has not told the tickers of ${tokens.length} tokens, ${tokens[0]} first`;
  const entries = await entriesWithoutPrice(database);
  if (entries.length > 0)
    return `no market price is known for ${entries.length} entries, ${entries[0]} first`;
  return undefined;
}
