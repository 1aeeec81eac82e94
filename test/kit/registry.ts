import { createCallerTokenSigner } from '../../src/auth/caller-token.ts';
import { defaultGatewaySettings, type GatewaySettings } from '../../src/config/gateway-settings.ts';
import type { CompositionCache } from '../../src/control/composition/composition-cache.ts';
import { createDocumentStore, type DocumentStore } from '../../src/control/documents/document-store.ts';
import type { Actor } from '../../src/control/registry/actor.ts';
import { type AuditLog, createAuditLog } from '../../src/control/registry/audit-log.ts';
import type { OperationInUse } from '../../src/control/registry/operation-usage.ts';
import { readOperationUsage } from '../../src/control/registry/read-operation-usage.ts';
import { createRegistry, type Registry } from '../../src/control/registry/registry.ts';
import type { PublishRequest } from '../../src/control/registry/registry-requests.ts';
import { type FilesMode, takeFiles } from '../../src/control/registry/take-files.ts';
import { readHead, type SupergraphVersion } from '../../src/control/registry/version-store.ts';
import { createWebhooks, type Webhooks } from '../../src/control/registry/webhooks.ts';
import type { SqlEngine } from '../../src/lib/sql/sql-engine.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { type Database, openDatabase } from '../../src/storage/database.ts';
import { withRevision } from '../../src/storage/revision.ts';
import { createTestSecrets } from './gateway.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const PEPPER = 'a pepper for tests that is long enough';
export const ADMIN: Actor = { kind: 'admin' };

/** A publisher that may do everything to one subgraph. */
export function publisherOf(subgraph: string, owner = subgraph): Actor {
  return {
    kind: 'publisher',
    tokenId: `token-of-${subgraph}`,
    subgraph,
    owner,
    actions: ['check', 'publish'],
  };
}

export interface TestRegistryOptions {
  readonly engine: Pick<SqlEngine, 'dialect' | 'schema'>;
  /** SDL by subgraph, Federation link included; they make the first version. */
  readonly files: Readonly<Record<string, string>>;
  /** What clients use; what the tables have by default. */
  readonly operations?: readonly OperationInUse[];
  readonly settings?: Partial<GatewaySettings>;
  /** What serving a new version comes to. */
  readonly refresh?: () => Promise<void>;
}

export interface TestRegistry {
  readonly registry: Registry;
  readonly database: Database;
  readonly audit: AuditLog;
  readonly webhooks: Webhooks;
  /** What apps register. */
  readonly documents: DocumentStore;
  head(): Promise<SupergraphVersion>;
  /** Writes an SDL file and takes the files again. */
  takeFile(name: string, sdl: string, mode: FilesMode): Promise<number | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A publish without a probe, in as many words as a test needs. */
export function publication(
  subgraph: string,
  sdl: string,
  more: Partial<PublishRequest> = {},
): PublishRequest {
  return {
    subgraph,
    sdl,
    routingUrl: 'http://93.184.216.34/graphql',
    reason: '',
    probe: false,
    takeOver: false,
    ...more,
  };
}

const NO_CACHE: CompositionCache = { get: () => undefined, set: () => {} };

/** A registry over real tables, with files as its first version. */
export async function createTestRegistry(options: TestRegistryOptions): Promise<TestRegistry> {
  const { engine, files, operations, settings = {}, refresh = async () => {} } = options;
  const database = await openDatabase(engine);
  const change = withRevision(database);
  const log = createLogger('test', 'silent');
  const folder = createTemporaryFolder();
  const names = new Set<string>();
  const writeFile = (name: string, sdl: string): string => {
    names.add(name);
    folder.write(`${name}.graphql`, sdl);
    const urlOf = (it: string) => (it === 'gateway' ? 'internal:gateway' : `http://127.0.0.1:1/${it}`);
    const entries = [...names].map(
      (it) => `  ${it}: { routing_url: "${urlOf(it)}", schema: { file: ./${it}.graphql } }`,
    );
    return folder.write('supergraph.yaml', `federation_version: =2.9.0\nsubgraphs:\n${entries.join('\n')}\n`);
  };
  let configFile = '';
  for (const [name, sdl] of Object.entries(files)) configFile = writeFile(name, sdl);
  const take = (mode: FilesMode) => takeFiles({ configFile, mode, database, change, cache: NO_CACHE, log });
  await take('seed');
  const allSettings = { ...defaultGatewaySettings(), ...settings };
  const audit = createAuditLog(database);
  const webhooks = createWebhooks({
    database,
    pepper: PEPPER,
    egress: () => allSettings.egress,
    log,
    pausesMs: [],
  });
  const registry = createRegistry({
    database,
    change,
    refresh,
    settings: () => allSettings,
    runningUrls: async () => ({}),
    tokens: await createCallerTokenSigner((await createTestSecrets()).signingKey),
    usage:
      operations === undefined
        ? readOperationUsage(database, () => allSettings.registry.checkedOperations)
        : { inUse: async () => operations },
    audit,
    webhooks,
  });
  return {
    registry,
    database,
    audit,
    webhooks,
    documents: createDocumentStore({ database, change }),
    async head() {
      const head = await readHead(database);
      if (head === undefined) throw new Error('there is no version');
      return head;
    },
    takeFile(name, sdl, mode) {
      writeFile(name, sdl);
      return take(mode);
    },
    async [Symbol.asyncDispose]() {
      await database.destroy();
      folder[Symbol.dispose]();
    },
  };
}
