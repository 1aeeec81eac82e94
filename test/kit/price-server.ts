import { pino } from 'pino';
import { request } from 'undici';
import { definePrice, type PriceOptions } from '../../subgraphs/price/define-price.ts';
import { startSubgraph } from '../../subgraphs/shared/server.ts';
import { readSettings } from '../../subgraphs/shared/settings.ts';
import { querySubgraph, type SubgraphAnswer } from './query-subgraph.ts';
import { createTestTrust, type TestClaims, type TestIssuer } from './trust.ts';

/** A caller who may read the value of holdings. */
export const HOLDER: TestClaims = { userId: 'u1', accountId: 'a1', tier: 'FREE', scopes: ['portfolio:read'] };

/** A price subgraph on a free port, at the end of its recordings. */
export interface PriceTestServer {
  readonly url: string;
  query(query: string, variables?: Record<string, unknown>, claims?: TestClaims): Promise<SubgraphAnswer>;
  /** Asks an internal route with the token of an issuer. */
  internal(
    route: string,
    headers?: Record<string, string>,
    issuer?: TestIssuer,
  ): Promise<{ readonly status: number; readonly etag: string | undefined; readonly text: string }>;
  /** What `/health` says. */
  health(): Promise<{ readonly providerCalls: { readonly quotes: number; readonly quotedIds: number } }>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createPriceTestServer(options: PriceOptions = {}): Promise<PriceTestServer> {
  const trust = await createTestTrust();
  const log = pino({ level: 'silent' });
  const settings = readSettings(0, { TRUSTED_KEYS: trust.trustedKeysFile, CLOCK: 'fixed' });
  const definition = await definePrice(settings, log, options);
  const subgraph = await startSubgraph(definition, {
    host: '127.0.0.1',
    port: 0,
    trustedKeys: trust.jwks,
    log,
  });
  return {
    url: subgraph.url,
    query: (query, variables = {}, claims = {}) =>
      querySubgraph({ url: subgraph.url, name: 'price', trust, query, variables, claims }),
    async internal(route, headers = {}, issuer = 'analytics') {
      const authorization = `Bearer ${await trust.sign('price', {}, issuer)}`;
      const answer = await request(new URL(route, subgraph.url), { headers: { ...headers, authorization } });
      const etag = answer.headers.etag;
      return { status: answer.statusCode, etag: etag?.toString(), text: await answer.body.text() };
    },
    async health() {
      const { body } = await request(new URL('/health', subgraph.url));
      return (await body.json()) as Awaited<ReturnType<PriceTestServer['health']>>;
    },
    async [Symbol.asyncDispose]() {
      await subgraph.close();
      await trust[Symbol.asyncDispose]();
    },
  };
}

/** The portfolio of some tokens, its holdings, and the tokens themselves, as a gateway would represent them. */
export function representationsOfDashboard(tokenIds: readonly string[], quantity: string) {
  const positions = tokenIds.map((id) => ({ quantity, token: { id } }));
  return [
    { __typename: 'Portfolio', id: 'pf_1', baseCurrency: 'USD', positions },
    ...positions.map((position, index) => ({
      __typename: 'Holding',
      id: `hd_${index}`,
      baseCurrency: 'USD',
      ...position,
    })),
    ...tokenIds.map((id) => ({ __typename: 'Token', id })),
  ];
}
