import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import rules from '../../schema/rules.ts';
import { type Clock, createClock, DAY_MS } from '../shared/clock.ts';
import { createCursorCodec } from '../shared/cursor.ts';
import type { SubgraphDefinition } from '../shared/server.ts';
import { createServiceTokenSigner } from '../shared/service-token.ts';
import { SettingsError, type SubgraphSettings } from '../shared/settings.ts';
import { chooseSubgraphEngine } from '../shared/subgraph-engine.ts';
import type { PortfolioContext } from './context.ts';
import { startImportQueue } from './imports/import-queue.ts';
import { createLoaders } from './loaders.ts';
import { followMarket } from './market/follow-market.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { moveDemo } from './seed/move-demo.ts';
import { readDemo } from './seed/read-demo.ts';
import { seedDemo } from './seed/seed-demo.ts';
import { createBookStore } from './storage/book-store.ts';
import { type Database, openDatabase } from './storage/open-database.ts';
import { createPositionStore } from './storage/position-store.ts';
import { refreshPositions } from './storage/refresh-positions.ts';

const PRICE = 'price';

export interface PortfolioOptions {
  /** Whether empty tables are filled with the demonstration data. */
  readonly isDemo?: boolean;
  /** The platform's clock; the settings' by default. */
  readonly clock?: Clock;
  /** Hears each SQL statement. */
  readonly onQuery?: (sql: string) => void;
}

/** The portfolio subgraph, and when it can answer for the first time without reading whole ledgers. */
export interface PortfolioDefinition extends SubgraphDefinition<PortfolioContext> {
  readonly ready: Promise<void>;
}

/**
 * Puts the portfolio subgraph together: tables in the state directory or in PostgreSQL, demonstration data moved to the clock's
 * time, and a copy of what the price subgraph tells.
 *
 * @throws SettingsError without SERVICE_KEY, since tickers come from the price subgraph
 */
export async function definePortfolio(
  settings: SubgraphSettings,
  log: Logger,
  { isDemo = false, clock = createClock(settings.clockMode), onQuery }: PortfolioOptions = {},
): Promise<PortfolioDefinition> {
  if (settings.serviceKeyFile === undefined) {
    throw new SettingsError("SERVICE_KEY: expected the file of this subgraph's private key, found nothing.");
  }
  const signToken = await createServiceTokenSigner(settings.serviceKeyFile, PRICE);
  await mkdir(settings.stateDir, { recursive: true });
  const engine = chooseSubgraphEngine('portfolio', settings);
  const database = await openDatabase({ ...engine, onQuery });
  try {
    if (isDemo) await prepareDemo(database, log);
    await moveDemo(database, clock.offsetMs / DAY_MS, log);
    const market = await followMarket({ database, priceUrl: settings.priceUrl, signToken, log });
    const imports = await startImportQueue({
      database,
      marketPrices: market.prices,
      now: () => clock.now(),
      log,
      isShared: engine.isShared,
      pricesKnown: market.closesKnown,
    });
    const books = createBookStore(database);
    const stores = { books, positions: createPositionStore(database, books) };
    const closing = new AbortController();
    let refreshed = Promise.resolve();
    const ready = market.ready.then(() => {
      refreshed = refreshPositions(database, closing.signal).catch((error) =>
        log.error({ err: error }, 'positions could not be brought up to date'),
      );
      return refreshed;
    });
    const cursors = createCursorCodec(settings.cursorKey);
    return {
      name: 'portfolio',
      schemaFile: new URL('../../schema/portfolio.graphql', import.meta.url),
      rules,
      resolvers,
      createContext: (caller) => ({
        caller,
        clock,
        cursors,
        database,
        imports,
        loaders: createLoaders(database, stores, caller.userId),
        marketPrices: market.prices,
      }),
      notReadyBecause: market.notReadyBecause,
      ready,
      async close() {
        await imports.close();
        closing.abort();
        await market.close();
        await refreshed;
        await database.destroy();
      },
    };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

async function prepareDemo(database: Database, log: Logger): Promise<void> {
  if (await seedDemo(database, await readDemo())) log.info('filled empty tables with the demonstration data');
}
