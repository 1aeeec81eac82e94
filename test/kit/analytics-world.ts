import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { defineAnalytics } from '../../subgraphs/analytics/define-analytics.ts';
import { startSubgraph } from '../../subgraphs/shared/server.ts';
import { readSettings } from '../../subgraphs/shared/settings.ts';
import { type FakeMarket, startFakePriceServer } from './fake-price-server.ts';
import { querySubgraph } from './query-subgraph.ts';
import { randomWalk } from './random-walk.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { createTestTrust, type TestClaims } from './trust.ts';

const DAYS = 400;
const FROM = '2025-07-04'; // 400 days up to 2026-08-07

const token = (id: string, categories: string[], chainIds: string[]) => ({
  id,
  symbol: id.slice(0, 3).toUpperCase(),
  name: id.charAt(0).toUpperCase() + id.slice(1),
  status: 'ACTIVE' as const,
  categories,
  chainIds,
});

const listing = (id: string, priceUsd: string, supply: number, growth = 1) => ({
  id,
  priceUsd,
  circulatingSupply: String(supply),
  marketCapUsd: String(Number(priceUsd) * supply),
  marketCapUsd24hAgo: String((Number(priceUsd) * supply) / growth),
  volume24hUsd: '1000',
});

/** Five tokens: three that wander for 400 days, one that is ten days old, one that never moves. */
export const fakeMarket: FakeMarket = {
  tokens: [
    token('bitcoin', ['layer-1'], ['bip122:000000000019d6689c085ae165831e93']),
    token('ethereum', ['smart-contract-platform'], ['eip155:1']),
    token('maker', ['lending', 'dao'], ['eip155:1']),
    token('newcomer', [], []),
    token('dollar', ['stablecoin'], ['eip155:1']),
  ],
  chains: [{ id: 'eip155:1', name: 'Ethereum' }],
  closes: {
    bitcoin: randomWalk(1, FROM, DAYS, 60_000),
    ethereum: randomWalk(2, FROM, DAYS, 3000),
    maker: randomWalk(3, FROM, DAYS, 1500),
    newcomer: randomWalk(4, '2026-07-29', 10, 2),
    dollar: { from: FROM, values: Array.from({ length: DAYS }, () => '1') },
  },
  market: {
    asOf: '2026-08-08T00:00:00Z',
    tokens: [
      listing('bitcoin', '64000', 100, 1.25),
      listing('ethereum', '3200', 1000, 1.25),
      listing('maker', '0.00000921', 5),
      listing('dollar', '1', 1000),
    ],
  },
};

/** Tokens that wander for 400 days, `bitcoin` first; the last ones are of the category defi. */
export function wanderingMarket(count: number, defiCount: number): FakeMarket {
  const ids = ['bitcoin', ...Array.from({ length: count - 1 }, (_, index) => `token-${index + 1}`)];
  return {
    tokens: ids.map((id, index) => token(id, [index < count - defiCount ? 'layer-1' : 'defi'], [])),
    closes: Object.fromEntries(ids.map((id, index) => [id, randomWalk(index + 1, FROM, DAYS, 100)])),
    market: {
      asOf: '2026-08-08T00:00:00Z',
      tokens: ids.map((id, index) => listing(id, '100', 1_000_000 - 1000 * index)),
    },
  };
}

/** A running analytics subgraph over a fake price server, with its first copies there. */
export async function createAnalyticsWorld(
  market: FakeMarket = fakeMarket,
  stateDir?: string,
  { isPriceDown = false }: { readonly isPriceDown?: boolean } = {},
) {
  const stack = new AsyncDisposableStack();
  const trust = stack.use(await createTestTrust());
  const price = stack.use(await startFakePriceServer(market));
  if (isPriceDown) await price.close();
  const lines = new PassThrough();
  const log = pino({ level: 'info' }, lines);
  const folder = stateDir ?? stack.use(createTemporaryFolder()).path;
  const settings = readSettings(0, {
    STATE_DIR: folder,
    TRUSTED_KEYS: trust.trustedKeysFile,
    SERVICE_KEY: trust.serviceKeyFile('analytics'),
    PRICE_URL: price.url,
    CLOCK: 'fixed',
  });
  const definition = await defineAnalytics(settings, log);
  const subgraph = await startSubgraph(definition, {
    host: '127.0.0.1',
    port: 0,
    trustedKeys: trust.jwks,
    log,
  });
  stack.defer(() => subgraph.close());
  for (let line = ''; !line.includes('market data is there'); ) line = String((await once(lines, 'data'))[0]);
  lines.resume();
  return {
    price,
    subgraph,
    ask: (query: string, variables: Record<string, unknown> = {}, claims: TestClaims = reader) =>
      querySubgraph({ url: subgraph.url, name: 'analytics', trust, query, variables, claims }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** May ask for everything. */
export const reader: TestClaims = { userId: 'u', tier: 'PRO', scopes: ['portfolio:read', 'analytics:pro'] };
