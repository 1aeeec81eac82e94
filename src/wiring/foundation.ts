import type { CallerMemory } from '../auth/caller-memory.ts';
import { createCallerMemory } from '../auth/caller-memory.ts';
import type { CallerTokenSigner } from '../auth/caller-token.ts';
import { createCallerTokenSigner } from '../auth/caller-token.ts';
import { WriteEpoch } from '../batching/write-epoch.ts';
import type { DocumentStore } from '../caching/document-store.ts';
import { createMemoryDocumentStore, type HeldDocuments } from '../caching/memory-document-store.ts';
import { createRedisDocumentStore } from '../caching/redis-document-store.ts';
import type { ReadUsage } from '../context.ts';
import type { BudgetKeeper } from '../limits/budget/budget-keeper.ts';
import { createBudgetKeeper } from '../limits/create-budget-keeper.ts';
import { createWindowKeeper } from '../limits/create-window-keeper.ts';
import { createUsageLog, type UsageLog } from '../limits/usage/usage-log.ts';
import type { WindowKeeper } from '../limits/windows/window-keeper.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { OperationLog } from '../operations/operation-log.ts';
import { createOperationLog } from '../operations/operation-log.ts';
import { createAuditLog } from '../operations/persisted/audit-log.ts';
import {
  createRegistrationQuota,
  type RegistrationQuota,
} from '../operations/persisted/registration-quota.ts';
import { createPlannerThread, type PlannerThread } from '../planning/create-planner-thread.ts';
import type { Snapshot, WorkerSecrets } from '../snapshot.ts';
import type { RedisClient } from '../storage/redis.ts';
import { createHttpSubgraphClient } from '../transport/http-subgraph-client.ts';
import { createSharedClients, type SharedClients } from '../transport/shared-clients.ts';

/** What a worker hands to its gateway. */
export interface GatewayOptions {
  readonly snapshot: Snapshot;
  readonly secrets: WorkerSecrets;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** What callers have used, by day; absent where nobody keeps it. */
  readonly readUsage?: ReadUsage | undefined;
  /** Shared with other processes and machines; without it what is kept is kept in this process. */
  readonly redis?: RedisClient | undefined;
  /** The same Redis for budgets, with time enough for a busy process to read an answer; `redis` by default. */
  readonly budgetRedis?: RedisClient | undefined;
  /** Plans for other gateways of the process as well, and outlives this one; without it the gateway has its own. */
  readonly plannerThread?: PlannerThread | undefined;
}

/** What outlives snapshots. */
export interface Foundation extends GatewayOptions {
  readonly tokens: CallerTokenSigner;
  /** Clients of subgraphs, which engines hand on with their connections. */
  readonly clients: SharedClients;
  /** The documents that clients register. */
  readonly registered: DocumentStore;
  /** Whether a caller without a key may register one more. */
  readonly mayRegister: RegistrationQuota;
  /** Told of documents that ran although nobody published them; tells each once. */
  readonly onUntrusted: ReturnType<typeof createAuditLog>;
  /** The mutations that have ended. */
  readonly writes: WriteEpoch;
  /** What was served lately, on whichever engine. */
  readonly served: OperationLog;
  /** What is known of callers besides the keys of a snapshot. */
  readonly callers: CallerMemory;
  readonly budgets: BudgetKeeper;
  /** Who used what, until it is taken away. */
  readonly usage: UsageLog;
  /** Plans for the engine that serves and for the one that is being built. */
  readonly plannerThread: PlannerThread;
  readonly windows: WindowKeeper;
}

/** Makes what the engines of one worker share, for its first snapshot. @throws when the signing key is none */
export async function createFoundation(options: GatewayOptions): Promise<Foundation> {
  const { snapshot, secrets, metrics, redis, budgetRedis = redis } = options;
  const { bytes } = snapshot.settings.documents.automatic;
  const tellHeld = (held: HeldDocuments): void => {
    metrics.cacheBytes.set({ cache: 'registered' }, held.bytes);
    metrics.cacheEntries.set({ cache: 'registered' }, held.entries);
  };
  return {
    ...options,
    tokens: await createCallerTokenSigner(secrets.signingKey),
    clients: createSharedClients(createHttpSubgraphClient),
    callers: createCallerMemory(options),
    registered:
      redis === undefined
        ? createMemoryDocumentStore(bytes, tellHeld)
        : createRedisDocumentStore(redis, bytes, tellHeld),
    mayRegister: createRegistrationQuota(),
    onUntrusted: createAuditLog(options.log),
    writes: new WriteEpoch(),
    served: createOperationLog(),
    plannerThread: options.plannerThread ?? createPlannerThread(() => options.metrics.plannerStarts.inc()),
    budgets: createBudgetKeeper({ ...options, settings: snapshot.settings, redis: budgetRedis }),
    usage: createUsageLog({
      maxEntries: snapshot.settings.usage.entries,
      onFolded: () => metrics.usageFolded.inc(),
    }),
    windows: createWindowKeeper({ ...options, settings: snapshot.settings, redis: budgetRedis }),
  };
}
