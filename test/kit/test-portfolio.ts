import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { pino } from 'pino';
import { definePortfolio } from '../../subgraphs/portfolio/define-portfolio.ts';
import { createClock, DAY_MS } from '../../subgraphs/shared/clock.ts';
import type { CloseSeries, TokenRecord } from '../../subgraphs/shared/market-copy.ts';
import { startSubgraph } from '../../subgraphs/shared/server.ts';
import { type FakePriceServer, startFakePriceServer } from './fake-price-server.ts';
import { querySubgraph, type SubgraphAnswer } from './query-subgraph.ts';
import { demo, market, readAllTokens, readCloses, readJson, readRows, universe } from './read-recordings.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { createTestTrust, type TestClaims } from './trust.ts';

interface Owned {
  readonly id: string;
  readonly ownerId: string;
  readonly costBasisMethod?: string;
}

const portfolios = await readJson<Owned[]>(demo, 'portfolios.json');
const watchlists = await readJson<Owned[]>(demo, 'watchlists.json');
const users = await readJson<{ id: string; displayName: string }[]>(demo, 'users.json');

/** The caller that a demo user is, as the gateway would vouch for them. */
function callerNamed(name: string): TestClaims & { readonly userId: string } {
  const userId = users.find(({ displayName }) => displayName.startsWith(name))?.id ?? '';
  const scopes = ['portfolio:read', 'portfolio:write', 'watchlist:read', 'watchlist:write', 'profile:read'];
  return { userId, accountId: `acc_${userId}`, tier: 'PRO', scopes };
}

export const ADA = callerNamed('Ada');
export const GRACE = callerNamed('Grace');

function portfolioOf({ userId }: { readonly userId: string }, method: string): string {
  const found = portfolios.find(
    ({ ownerId, costBasisMethod }) => ownerId === userId && costBasisMethod === method,
  );
  return found?.id ?? '';
}

/** Ada's, FIFO. */
export const LONG_TERM = portfolioOf(ADA, 'FIFO');
/** Ada's, AVERAGE. */
export const TRADING = portfolioOf(ADA, 'AVERAGE');
/** Grace's, FIFO. */
export const MAIN = portfolioOf(GRACE, 'FIFO');
/** Ada's first watchlist, of 100 tokens. */
export const ADAS_LIST = watchlists.find(({ ownerId }) => ownerId === ADA.userId)?.id ?? '';

const REAL = new Set(['bitcoin', 'ethereum']);

/** The recorded registry, and the closes of the tokens that demo entries are valued by. */
export async function readDemoMarket(): Promise<{
  tokens: TokenRecord[];
  closes: Record<string, CloseSeries>;
}> {
  const records = await readAllTokens();
  const tokens = records.map(({ id, symbol, name }) => ({
    id,
    symbol,
    name,
    status: 'ACTIVE' as const,
    categories: [],
    chainIds: [],
  }));
  const rows = await readRows(demo, 'ledger.csv');
  const unpriced = rows.filter(({ unitPrice, type }) => unitPrice === '' && type !== 'FEE');
  const ids = new Set([...REAL, 'dogecoin', ...unpriced.map(({ tokenId = '' }) => tokenId)]);
  const closes: Record<string, CloseSeries> = {};
  for (const id of ids) {
    const series = await readCloses(REAL.has(id) ? market : universe, id);
    closes[id] = { from: series[0]?.day ?? '', values: series.map(({ close }) => close) };
  }
  return { tokens, closes };
}

const demoMarket = readDemoMarket();

async function withTokens(more: readonly Pick<TokenRecord, 'id' | 'symbol' | 'name'>[]) {
  const { tokens, closes } = await demoMarket;
  const added = more.map((token) => ({ ...token, status: 'ACTIVE' as const, categories: [], chainIds: [] }));
  return { tokens: [...tokens, ...added], closes };
}

export interface TestPortfolioOptions {
  /** The tables of an earlier start. */
  readonly stateDir?: string;
  /** A PostgreSQL database in place of tables in that folder. */
  readonly databaseUrl?: string;
  readonly isDemo?: boolean;
  /** `null`: no price subgraph answers. */
  readonly price?: null;
  /** Tokens that the registry has besides the recorded ones. */
  readonly tokens?: readonly Pick<TokenRecord, 'id' | 'symbol' | 'name'>[];
  /** How far the clock is ahead of the recording. */
  readonly offsetDays?: number;
}

/** The portfolio subgraph with the demonstration data, and a price subgraph that tells the recorded market. */
export async function startTestPortfolio({
  stateDir,
  databaseUrl,
  isDemo = true,
  price,
  tokens = [],
  offsetDays = 0,
}: TestPortfolioOptions = {}) {
  const fixed = createClock('fixed');
  const clock = {
    ...fixed,
    offsetMs: offsetDays * DAY_MS,
    now: () => fixed.now() + offsetDays * DAY_MS,
  };
  const trust = await createTestTrust();
  const folder = createTemporaryFolder();
  const directory = stateDir ?? folder.path;
  const priceServer: FakePriceServer | undefined =
    price === null
      ? undefined
      : await startFakePriceServer({
          ...(await withTokens(tokens)),
          market: { asOf: '2026-08-08T00:00:00Z', tokens: [] },
        });
  const log = pino({ level: 'silent' });
  const statements: string[] = [];
  const definition = await definePortfolio(
    {
      host: '127.0.0.1',
      port: 0,
      stateDir: directory,
      databaseUrl,
      trustedKeysFile: trust.trustedKeysFile,
      serviceKeyFile: trust.serviceKeyFile('portfolio'),
      // Port 9 (discard) is where nobody listens.
      priceUrl: priceServer?.url ?? 'http://127.0.0.1:9',
      clockMode: 'fixed',
      cursorKey: 'a key for tests of cursors',
      logLevel: 'silent',
    },
    log,
    { isDemo, clock, onQuery: (sql) => statements.push(sql) },
  );
  const subgraph = await startSubgraph(definition, {
    host: '127.0.0.1',
    port: 0,
    trustedKeys: trust.jwks,
    log,
  });
  if (priceServer !== undefined) await definition.ready;
  const stop = async () => {
    await subgraph.close();
    await priceServer?.close();
    await trust[Symbol.asyncDispose]();
  };
  return {
    url: subgraph.url,
    /** What a gateway has to sign with. */
    gatewayKey: JSON.parse(readFileSync(trust.serviceKeyFile('gateway'), 'utf8')) as JWK,
    stateDir: directory,
    /** The database in place of that folder's, if there is one. */
    databaseUrl,
    /** The file of the tables. */
    file: join(directory, 'portfolio.sqlite'),
    /** The SQL of all statements so far. */
    statements,
    /** Ends the program and leaves its tables. */
    stop,
    /** The header that Ada's gateway would send. */
    authorize: async () => `Bearer ${await trust.sign('portfolio', ADA)}`,
    ask(
      query: string,
      variables: Record<string, unknown> = {},
      claims: TestClaims = ADA,
    ): Promise<SubgraphAnswer> {
      return querySubgraph({ url: subgraph.url, name: 'portfolio', trust, query, variables, claims });
    },
    async [Symbol.asyncDispose]() {
      await stop();
      folder[Symbol.dispose]();
    },
  };
}

export type TestPortfolio = Awaited<ReturnType<typeof startTestPortfolio>>;

/** A key that no other change has. */
export function freshKey(): string {
  return `test-${randomUUID()}`;
}
