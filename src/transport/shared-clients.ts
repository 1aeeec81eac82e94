import type { HttpSubgraphClientOptions } from './http-subgraph-client.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** The clients that one user has of those that several share. */
export interface ClientLoan {
  /** A client with these options, shared with whoever has one with the same; `close` gives it back. */
  acquire(options: HttpSubgraphClientOptions): SubgraphClient;
  /** Gives back all that were acquired. */
  close(): Promise<void>;
}

/** Clients that several users have at the same time; the last one that gives a client back closes it. */
export interface SharedClients {
  borrow(): ClientLoan;
}

interface HeldClient {
  readonly client: SubgraphClient;
  users: number;
}

/**
 * Keeps clients from one snapshot to the next where nothing changes about them, and with them their connections: the
 * first requests on a new schema need not wait for new ones.
 */
export function createSharedClients(
  create: (options: HttpSubgraphClientOptions) => SubgraphClient,
): SharedClients {
  const held = new Map<string, HeldClient>();

  function acquire(options: HttpSubgraphClientOptions): SubgraphClient {
    const key = JSON.stringify(options);
    const entry = held.get(key) ?? { client: create(options), users: 0 };
    held.set(key, entry);
    entry.users += 1;
    const { client } = entry;
    let isGivenBack = false;
    return {
      subgraph: client.subgraph,
      send: (request) => client.send(request),
      async close() {
        if (isGivenBack) return;
        isGivenBack = true;
        entry.users -= 1;
        if (entry.users > 0) return;
        held.delete(key);
        await client.close();
      },
    };
  }

  return {
    borrow() {
      const clients: SubgraphClient[] = [];
      return {
        acquire(options) {
          const client = acquire(options);
          clients.push(client);
          return client;
        },
        async close() {
          await Promise.all(clients.map((client) => client.close()));
        },
      };
    },
  };
}
