import { createHash } from 'node:crypto';
import Fastify from 'fastify';
import type { CloseSeries, MarketRecord, TokenRecord } from '../../subgraphs/shared/market-copy.ts';

/** What the fake tells of the market. */
export interface FakeMarket {
  readonly tokens: readonly TokenRecord[];
  readonly chains?: readonly { readonly id: string; readonly name: string }[];
  readonly closes: Readonly<Record<string, CloseSeries>>;
  /** Hourly closes; none by default. */
  readonly hours?: Readonly<Record<string, CloseSeries>>;
  /** Whether closes are still being collected, so that there are none to be told. */
  readonly isCollecting?: () => boolean;
  readonly market: { readonly asOf: string; readonly tokens: readonly MarketRecord[] };
}

export interface FakePriceServer {
  readonly url: string;
  /** How often each document was asked for. */
  readonly requests: ReadonlyMap<string, number>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves the price subgraph's internal documents, with strong ETags, from data of the test's choice. */
export async function startFakePriceServer({
  tokens,
  chains,
  closes,
  hours = {},
  isCollecting = () => false,
  market,
}: FakeMarket): Promise<FakePriceServer> {
  const app = Fastify({ forceCloseConnections: true });
  const requests = new Map<string, number>();
  const documents = { tokens: { tokens, chains }, closes: { closes }, hours: { closes: hours }, market };
  for (const [name, document] of Object.entries(documents)) {
    const text = JSON.stringify(document);
    const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
    app.get(`/internal/${name}`, async (request, reply) => {
      requests.set(name, (requests.get(name) ?? 0) + 1);
      if (!request.headers.authorization?.startsWith('Bearer ')) return reply.code(401).send();
      if (name !== 'tokens' && name !== 'market' && isCollecting()) {
        return reply.code(503).send({ reason: 'closes are being collected' });
      }
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.header('etag', etag).type('application/json').send(text);
    });
  }
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const close = () => app.close();
  return { url, requests, close, [Symbol.asyncDispose]: close };
}
