import { createHash } from 'node:crypto';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { exportJWK, generateKeyPair } from 'jose';
import { pino } from 'pino';
import { request } from 'undici';
import { createApiKey } from '../../src/auth/api-key.ts';
import { makeVerifier } from '../../src/auth/key-verifier.ts';
import { type GatewaySettings, gatewaySettings } from '../../src/config/gateway-settings.ts';
import { parseYaml } from '../../src/config/load-yaml.ts';
import type { ReadUsage } from '../../src/context.ts';
import { createGateway, type Gateway } from '../../src/gateway.ts';
import { createPublicServer, type PublicServer } from '../../src/http/public-server.ts';
import { LOG_REDACTION, type Logger } from '../../src/observability/logger.ts';
import { createMetrics, type Metrics } from '../../src/observability/metrics.ts';
import { createPlannerThread } from '../../src/planning/create-planner-thread.ts';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import type { KeyRecord, Snapshot, TrustedDocument, WorkerSecrets } from '../../src/snapshot.ts';
import type { RedisClient } from '../../src/storage/redis.ts';
import { CANARY, CANARY_HEADERS, createWatchedSink, lookAtMetrics, watchAnswersOf } from './canaries.ts';
import type { TestSubgraph } from './subgraph.ts';

const GUARDS = { keyPeppers: ['test-pepper'], sealingKeys: ['test-sealing-key'] };

export interface TestGatewayOptions {
  readonly subgraphs: readonly Pick<TestSubgraph, 'name' | 'sdl' | 'url'>[];
  /** `gateway.yaml` as text; budgets are off unless it has a section for them. */
  readonly yaml?: string;
  readonly keys?: readonly KeyRecord[];
  readonly documents?: readonly TrustedDocument[];
  /** Signs the tokens for subgraphs; a new one unless it is given. */
  readonly signingKey?: WorkerSecrets['signingKey'];
  readonly redis?: RedisClient;
  readonly open?: boolean;
  readonly readUsage?: ReadUsage;
  /** For tests that count its starts, or end it by plans that take too long. */
  readonly ownPlanner?: boolean;
  /** Read by nobody but the watch for secrets unless it is given. */
  readonly log?: Logger;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of any form
  readonly body: any;
}

export interface TestGateway {
  readonly url: string;
  readonly origin: string;
  readonly gateway: Gateway;
  readonly server: PublicServer;
  readonly metrics: Metrics;
  readonly snapshot: Snapshot;
  /** Sends an operation by POST. */
  query(
    query: string,
    options?: { variables?: Record<string, unknown>; headers?: Record<string, string> },
  ): Promise<TestAnswer>;
  /** Sends any request. */
  fetch(
    path: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string | Buffer },
  ): Promise<TestAnswer>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Composes subgraphs into a supergraph. */
export function composeTestSupergraph(subgraphs: TestGatewayOptions['subgraphs']): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, url, sdl }) => ({
      name,
      url: url.startsWith('http') ? `${url}?${CANARY.subgraphUrl}` : url,
      typeDefs: parse(sdl),
    })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** A snapshot as a worker gets it. */
export function createTestSnapshot({
  subgraphs,
  yaml = '',
  keys = [],
  documents = [],
  open = false,
}: TestGatewayOptions): Snapshot {
  // Only tests of budgets read on each answer what it cost.
  const text = /^budgets:/m.test(yaml) ? yaml : `${yaml}\nbudgets: { mode: 'off' }\n`;
  const settings: GatewaySettings = parseYaml(text, 'gateway.yaml', gatewaySettings, {});
  const supergraphSdl = composeTestSupergraph(subgraphs);
  const apiSdl = printApiSchema(supergraphSdl);
  const content = { supergraphSdl, apiSdl, routingUrls: {}, keys, documents, settings, open };
  return { id: createHash('sha256').update(JSON.stringify(content)).digest('hex'), ...content };
}

/** A key record with its text. */
export function createTestKey(record: Partial<KeyRecord> = {}): {
  readonly text: string;
  readonly record: KeyRecord;
} {
  const { kind = 'live' } = record;
  const { id, secret: random } = createApiKey(kind);
  const { secret, text } = createApiKey(kind, id, CANARY.key + random.slice(CANARY.key.length));
  return {
    text,
    record: {
      id,
      kind,
      secrets: [{ verifier: makeVerifier({ kind, id, secret }, GUARDS).verifier }],
      tier: 'FREE',
      scopes: [],
      accountId: 'acc_test',
      allowedRanges: [],
      ...record,
    },
  };
}

/** @param signingKey - a new one without it */
export async function createTestSecrets(signingKey?: WorkerSecrets['signingKey']): Promise<WorkerSecrets> {
  if (signingKey !== undefined) return { ...GUARDS, signingKey };
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...GUARDS, signingKey: { ...(await exportJWK(privateKey)), kid: 'gateway' } };
}

/** One planner for all gateways of a test file: to load its code takes longer than most tests. */
const sharedPlanner = createPlannerThread();

/** A gateway that listens on a free port, over test subgraphs, in one line. */
export async function createTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const snapshot = createTestSnapshot(options);
  const { log = pino({ level: 'trace', redact: LOG_REDACTION }, createWatchedSink()) } = options;
  const metrics = createMetrics();
  const gateway = await createGateway({
    snapshot,
    secrets: await createTestSecrets(options.signingKey),
    log,
    metrics,
    redis: options.redis,
    readUsage: options.readUsage,
    plannerThread: options.ownPlanner === true ? undefined : sharedPlanner,
  });
  const server = createPublicServer({ gateway, settings: snapshot.settings, log, metrics });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${port}`;
  watchAnswersOf(origin);

  const fetch: TestGateway['fetch'] = async (path, { method = 'GET', headers = {}, body } = {}) => {
    const response = await request(origin + path, {
      method: method as 'GET',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, text, body: parseOrUndefined(text) };
  };

  return {
    url: `${origin}/graphql`,
    origin,
    gateway,
    server,
    metrics,
    snapshot,
    fetch,
    query: (query, { variables, headers = {} } = {}) =>
      fetch(`/graphql?${CANARY.requestUrl}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...CANARY_HEADERS, ...headers },
        body: JSON.stringify({ query, variables: { ...variables, canary: CANARY.variable } }),
      }),
    async [Symbol.asyncDispose]() {
      await server.drain();
      await gateway.close();
      lookAtMetrics(await metrics.registry.metrics());
    },
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
