import { fileURLToPath } from 'node:url';
import type { StateDirectory } from '../control/state-directory.ts';
import type { Trust } from '../control/trust.ts';
import type { Logger } from '../observability/logger.ts';
import type { PrimaryMetrics } from '../observability/primary-metrics.ts';
import type { ClockMode } from './clock-mode.ts';
import type { ForwardOutput } from './forward-output.ts';
import { type SubgraphProcess, startSubgraphProcess } from './subgraph-process.ts';

/** The platform's subgraphs in the order of their ports. */
const SUBGRAPHS = ['portfolio', 'price', 'analytics', 'news'] as const;
type SubgraphName = (typeof SUBGRAPHS)[number];

export interface SubgraphFleetOptions {
  readonly host: string;
  /** The first of four ports in a row; 0 means any free ones. */
  readonly firstPort: number;
  readonly clock: ClockMode;
  readonly logLevel: string;
  readonly state: StateDirectory;
  readonly trust: Trust;
  readonly log: Logger;
  readonly metrics: PrimaryMetrics;
  readonly forwardOutput: ForwardOutput;
}

/** The four subgraphs as processes. */
export interface SubgraphFleet {
  /** The GraphQL URL of each, once all listen. @throws ConfigError of the first that does not */
  listen(): Promise<Readonly<Record<string, string>>>;
  /** The GraphQL URL of each, at once where the ports are named; `listen` says whether they came up there. */
  urls(): Promise<Readonly<Record<string, string>>>;
  /** Resolves when all say that they are ready. @throws ConfigError */
  waitUntilHealthy(): Promise<void>;
  stop(): Promise<void>;
  kill(): void;
}

/** Starts the four subgraphs at once; price before the others when its port is not known yet. */
export function startSubgraphFleet(options: SubgraphFleetOptions): SubgraphFleet {
  const { host, firstPort } = options;
  const fleet = new Map<SubgraphName, SubgraphProcess>();
  let isStopping = false;
  const start = (name: SubgraphName, priceUrl: string): SubgraphProcess => {
    const port = firstPort === 0 ? 0 : firstPort + SUBGRAPHS.indexOf(name);
    const started = startSubgraphProcess({
      ...options,
      name,
      port,
      program: fileURLToPath(new URL(`../../subgraphs/${name}/main.ts`, import.meta.url)),
      environment: environmentOf(name, priceUrl, options),
    });
    fleet.set(name, started);
    return started;
  };
  // The others read the market from price, so they must be told where it is.
  const pricePort = firstPort + SUBGRAPHS.indexOf('price');
  const price = start('price', `http://${host}:${pricePort}`);
  const all = (async () => {
    const priceUrl = firstPort === 0 ? new URL(await price.listening).origin : `http://${host}:${pricePort}`;
    if (isStopping) return [];
    return SUBGRAPHS.map((name) => fleet.get(name) ?? start(name, priceUrl));
  })();
  all.catch(() => {});

  const listen = async () => {
    const entries = (await all).map(async ({ name, listening }) => [name, await listening] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  return {
    listen,
    async urls() {
      if (firstPort === 0) return listen();
      const urlAt = (index: number) => `http://${host}:${firstPort + index}/graphql`;
      return Object.fromEntries(SUBGRAPHS.map((name, index) => [name, urlAt(index)]));
    },
    async waitUntilHealthy() {
      await Promise.all((await all).map((subgraph) => subgraph.waitUntilHealthy()));
    },
    async stop() {
      isStopping = true;
      await Promise.all([...fleet.values()].map((subgraph) => subgraph.stop()));
    },
    kill() {
      isStopping = true;
      for (const subgraph of fleet.values()) subgraph.kill();
    },
  };
}

function environmentOf(
  name: SubgraphName,
  priceUrl: string,
  { state, trust, clock, logLevel }: SubgraphFleetOptions,
): Readonly<Record<string, string>> {
  return {
    STATE_DIR: state.subgraphsPath,
    TRUSTED_KEYS: trust.trustedKeysFile,
    SERVICE_KEY: trust.privateKeyFile(name),
    PRICE_URL: priceUrl,
    CLOCK: clock,
    CURSOR_KEY: trust.cursorKey,
    DEMO: '1',
    LOG_LEVEL: logLevel,
  };
}
