import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { defineNews, type NewsOptions } from '../../subgraphs/news/define-news.ts';
import { createTokenVerifier } from '../../subgraphs/shared/caller.ts';
import { startSubgraph } from '../../subgraphs/shared/server.ts';
import { readSettings, type SubgraphSettings } from '../../subgraphs/shared/settings.ts';
import { querySubgraph } from './query-subgraph.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { createTestTrust, type TestClaims, type TestTrust } from './trust.ts';

const token = (id: string, symbol: string, name: string) => ({
  id,
  symbol,
  name,
  status: 'ACTIVE',
  categories: [],
  chainIds: [],
});
const TOKENS = [
  token('bitcoin', 'BTC', 'Bitcoin'),
  token('ethereum', 'ETH', 'Ethereum'),
  token('near', 'NEAR', 'NEAR Protocol'),
];

/** The price subgraph as news sees it: one document, for the bearer of a token of news alone. */
async function startFakePrice(trust: TestTrust) {
  const verifier = createTokenVerifier({ keys: trust.jwks, issuers: ['news'], audience: 'price' });
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    paths.push(request.url ?? '');
    await verifier.verify(request.headers.authorization).then(
      () => response.setHeader('etag', '"1"').end(JSON.stringify({ tokens: TOKENS })),
      () => response.writeHead(401).end(),
    );
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The lines of a log, and a promise for those still to come. */
function createListeningLog() {
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  const log = pino(
    { level: 'info' },
    {
      write(line: string) {
        lines.push(JSON.parse(line));
        for (const look of waiting) look();
      },
    },
  );
  /** Settles with the lines of this message once there are so many. */
  const logged = (message: string, count = 1) =>
    new Promise<Record<string, unknown>[]>((resolve) => {
      const look = () => {
        const found = lines.filter(({ msg }) => msg === message);
        if (found.length < count) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { log, logged };
}

/** A news subgraph on a free port at the end of its recording, beside a price subgraph that knows three tokens. */
export async function startNews(
  t: TestContext,
  options: NewsOptions = {},
  settings: Partial<SubgraphSettings> = {},
) {
  const trust = await createTestTrust();
  t.after(() => trust[Symbol.asyncDispose]());
  const folder = createTemporaryFolder();
  t.after(() => folder[Symbol.dispose]());
  const price = await startFakePrice(trust);
  t.after(() => price.close());
  const { log, logged } = createListeningLog();
  const environment = {
    TRUSTED_KEYS: trust.trustedKeysFile,
    SERVICE_KEY: trust.serviceKeyFile('news'),
    STATE_DIR: folder.path,
  };
  const definition = await defineNews(
    { ...readSettings(0, { ...environment, PRICE_URL: price.url, CLOCK: 'fixed' }), ...settings },
    log,
    options,
  );
  const subgraph = await startSubgraph(definition, {
    host: '127.0.0.1',
    port: 0,
    trustedKeys: trust.jwks,
    log,
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= subgraph.close();
    return closing;
  };
  t.after(close);
  const ask = (query: string, variables: Record<string, unknown> = {}, claims: TestClaims = {}) =>
    querySubgraph({ url: subgraph.url, name: 'news', trust, query, variables, claims });
  return { subgraph, price, ask, logged, close };
}

/** The same, once it has the registry of tokens. */
export async function startReadyNews(...args: Parameters<typeof startNews>) {
  const news = await startNews(...args);
  await news.logged('read the news');
  return news;
}
