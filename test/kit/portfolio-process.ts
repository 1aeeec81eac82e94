import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { type FakePriceServer, startFakePriceServer } from './fake-price-server.ts';
import { querySubgraph } from './query-subgraph.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { ADA, readDemoMarket } from './test-portfolio.ts';
import { createTestTrust, type TestClaims } from './trust.ts';

const PROGRAM = fileURLToPath(new URL('../../subgraphs/portfolio/main.ts', import.meta.url));

/** The portfolio subgraph as a process that can be killed and started again over the same tables. */
export interface PortfolioProcess {
  ask(
    query: string,
    variables?: Record<string, unknown>,
    claims?: TestClaims,
  ): ReturnType<typeof querySubgraph>;
  /** Ends the process at once, without a word to it. */
  kill(): Promise<void>;
  /** Starts it again. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param databaseUrl - PostgreSQL in place of a SQLite file in a folder of the test's own */
export async function startPortfolioProcess(databaseUrl?: string): Promise<PortfolioProcess> {
  const trust = await createTestTrust();
  const folder = createTemporaryFolder();
  const price: FakePriceServer = await startFakePriceServer({
    ...(await readDemoMarket()),
    market: { asOf: '2026-08-08T00:00:00Z', tokens: [] },
  });
  const env = {
    ...process.env,
    PORT: '0',
    STATE_DIR: folder.path,
    TRUSTED_KEYS: trust.trustedKeysFile,
    SERVICE_KEY: trust.serviceKeyFile('portfolio'),
    PRICE_URL: price.url,
    CLOCK: 'fixed',
    DEMO: '1',
    LOG_LEVEL: 'silent',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  let child: ChildProcess;
  let url = '';
  const start = async (): Promise<void> => {
    child = fork(PROGRAM, { env, stdio: 'ignore' });
    const [message] = (await once(child, 'message')) as [{ type: string; url: string; message?: string }];
    if (message.type !== 'listening') throw new Error(message.message);
    url = message.url;
    await waitUntilReady(url);
  };
  const kill = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    ask: (query, variables = {}, claims = ADA) =>
      querySubgraph({ url, name: 'portfolio', trust, query, variables, claims }),
    kill,
    restart: start,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await kill();
      await price.close();
      await trust[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** A first start cannot serve ledgers before it has heard of the market. */
async function waitUntilReady(url: string): Promise<void> {
  for (;;) {
    const { statusCode, body } = await request(new URL('/health', url));
    await body.dump();
    if (statusCode === 200) return;
  }
}
