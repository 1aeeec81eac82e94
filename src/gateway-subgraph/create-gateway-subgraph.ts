import { type DocumentNode, execute, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ReadUsage } from '../context.ts';
import { InternalError, SubgraphError } from '../errors/errors.ts';
import type { SubgraphClient } from '../transport/subgraph-client.ts';
import { gatewaySchema } from './gateway-schema.ts';
import type { GatewayContext } from './resolvers.ts';

export interface GatewaySubgraphOptions {
  /** How the supergraph calls it. */
  readonly name: string;
  /** Absent where nobody keeps what was used. */
  readonly readUsage: ReadUsage | undefined;
  /** In milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Texts of fetches that are kept parsed: one for each operation in use that asks. */
const PARSED = 1_000;

/** The subgraph `internal:gateway` as the engine reaches every other: the same interface, no HTTP behind it. */
export function createGatewaySubgraph(options: GatewaySubgraphOptions): SubgraphClient {
  const { name, now = Date.now } = options;
  const readUsage: ReadUsage =
    options.readUsage ??
    (async () => {
      throw new SubgraphError('SUBGRAPH_UNAVAILABLE', name);
    });
  const parsed = new LRUCache<string, DocumentNode>({ max: PARSED });
  const read = (query: string): DocumentNode => {
    let document = parsed.get(query);
    if (document === undefined) {
      document = parse(query, { noLocation: true });
      parsed.set(query, document);
    }
    return document;
  };

  return {
    subgraph: name,
    async send({ body, asker }) {
      if (asker === undefined) throw new InternalError('a call that nobody has made');
      const { query, variables, operationName } = JSON.parse(body) as FetchBody;
      const contextValue: GatewayContext = { ...asker, readUsage, now };
      const { data, errors = [] } = await execute({
        schema: await gatewaySchema(),
        document: read(query),
        variableValues: variables,
        operationName,
        contextValue,
      });
      return { data: data ?? null, errors: errors.map((error) => error.toJSON()) };
    },
    async close() {},
  };
}

/** What the engine sends to a subgraph. */
interface FetchBody {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}
