import { RequestError } from '../errors/errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { KeyRecord, Snapshot } from '../snapshot.ts';
import type { Database } from '../storage/database.ts';
import type { Change } from '../storage/revision.ts';
import { composeSupergraph } from './composition/compose-supergraph.ts';
import { createCompositionCache } from './composition/composition-cache.ts';
import { type ControlPlane, createControlPlane } from './control-plane.ts';
import type { CheckedDocuments } from './documents/check-documents.ts';
import { createDocumentStore, type DocumentStore } from './documents/document-store.ts';
import type { ManifestEntry } from './documents/read-manifest.ts';
import { createKeyStore, type KeyStore } from './key-store.ts';
import { type LoadedSupergraph, loadSupergraph, type SupergraphSource } from './load-supergraph.ts';
import { type Notices, noNotices } from './notices.ts';
import { createDocumentsPart } from './parts/documents-part.ts';
import { createKeysPart } from './parts/keys-part.ts';
import { createRegistryPart } from './parts/registry-part.ts';
import { createSettingsPart } from './parts/settings-part.ts';
import type { SnapshotPart } from './parts/snapshot-part.ts';
import { createSubgraphProcessesPart } from './parts/subgraph-processes-part.ts';
import { createSupergraphPart } from './parts/supergraph-part.ts';
import { type OpenRegistry, openRegistry } from './registry/open-registry.ts';
import type { FilesMode } from './registry/take-files.ts';
import type { SettingsSource } from './settings-source.ts';
import type { StateDirectory } from './state-directory.ts';
import type { Trust } from './trust.ts';
import { type OpenUsage, openUsage } from './usage/open-usage.ts';

export interface OpenControlPlaneOptions {
  readonly state: StateDirectory;
  readonly trust: Trust;
  /** `postgresql://…`; undefined means a SQLite file in the state directory. */
  readonly databaseUrl: string | undefined;
  /** Where Redis is, which carries notices to other machines. */
  readonly redisUrl: string | undefined;
  readonly settings: SettingsSource;
  readonly supergraph: SupergraphSource;
  /** Where the subgraphs run that the platform itself starts. */
  readonly subgraphUrls?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** Whether the files of the supergraph lead, or the registry. */
  readonly filesMode: FilesMode;
  /** Asks for no keys. */
  readonly open: boolean;
  readonly publish: (snapshot: Snapshot) => Promise<void>;
  readonly publishKeys: (keys: readonly KeyRecord[]) => void;
  readonly log: Logger;
}

/** The control plane with its tables open, and what changes them. */
export interface OpenControlPlane {
  readonly plane: ControlPlane;
  readonly keys: KeyStore;
  /** Absent where a supergraph file is served as it is. */
  readonly registry: OpenRegistry | undefined;
  readonly documents: DocumentStore;
  readonly usage: OpenUsage;
  /**
   * Checks documents against what is served now.
   *
   * @throws RequestError OVERLOADED before anything is served
   */
  checkDocuments(documents: readonly ManifestEntry[], client: string): Promise<CheckedDocuments>;
  close(): Promise<void>;
}

/**
 * Opens the tables and puts the control plane together: one line for each part of a snapshot.
 *
 * @throws the error of the database when it cannot be opened
 */
export async function openControlPlane(options: OpenControlPlaneOptions): Promise<OpenControlPlane> {
  const { state, supergraph } = options;
  // Begun before the tables are open: composing takes longest of all.
  const loading = 'file' in supergraph ? loadSupergraph(supergraph.file, state) : undefined;
  // A fault of the file is told by who reads the parts, unless the tables cannot be opened at all.
  loading?.catch(() => {});
  const composing = 'config' in supergraph ? composeAhead(supergraph.config, state) : Promise.resolve();
  // Loaded only now: the children should have started before this process is busy loading Kysely.
  const { chooseControlEngine, openDatabase } = await import('../storage/database.ts');
  const engine = chooseControlEngine({ file: state.databaseFile, databaseUrl: options.databaseUrl });
  const opened = new AsyncDisposableStack();
  const database = await openDatabase(engine);
  opened.defer(() => database.destroy());
  try {
    return await assemble(options, { database, loading, composing, opened });
  } catch (error) {
    // Tried again and again while the tables are away: nothing may stay behind.
    await opened.disposeAsync();
    throw error;
  }
}

interface Opened {
  readonly database: Database;
  /** The supergraph of a file that is served as it is. */
  readonly loading: Promise<LoadedSupergraph> | undefined;
  /** Ends when the operator's files are composed for the first time, or cannot be. */
  readonly composing: Promise<void>;
  /** Takes what has to be closed. */
  readonly opened: AsyncDisposableStack;
}

async function assemble(
  options: OpenControlPlaneOptions,
  { database, loading, composing, opened }: Opened,
): Promise<OpenControlPlane> {
  const { trust, redisUrl, settings, supergraph, subgraphUrls, open, publish, log } = options;
  const change: Change = (work) => plane.change(work);
  const keys = createKeyStore({ database, guards: trust, change });
  const documents = createDocumentStore({ database, change });
  const parts: SnapshotPart[] = [
    createSettingsPart(settings),
    loading === undefined ? createRegistryPart(database) : createSupergraphPart(loading),
    createKeysPart(keys, open),
    createDocumentsPart(documents),
  ];
  if (subgraphUrls !== undefined) parts.push(createSubgraphProcessesPart(subgraphUrls));
  const { pollMs } = settings.read().control;
  const hurryKeys = async (): Promise<void> => {
    if (!open) options.publishKeys(await keys.active());
  };
  const notices = await openNotices(redisUrl, log);
  opened.defer(() => notices.close());
  const plane = createControlPlane({ database, parts, publish, hurryKeys, pollMs, notices, log });
  opened.defer(() => plane.stop());
  const currentSettings = () => plane.snapshot?.settings ?? settings.read();
  const usage = openUsage({ database, settings: currentSettings, log });
  opened.defer(() => usage.close());
  const registry =
    'file' in supergraph
      ? undefined
      : await openRegistry({
          ...options,
          database,
          change,
          refresh: plane.refresh,
          settings: currentSettings,
          configFile: supergraph.config,
          composing,
          mode: options.filesMode,
          runningUrls: subgraphUrls ?? (async () => ({})),
        });
  if (registry !== undefined) opened.defer(registry.follow());
  return {
    plane,
    keys,
    registry,
    documents,
    usage,
    async checkDocuments(manifest, client) {
      const { snapshot } = plane;
      if (snapshot === undefined)
        throw new RequestError('OVERLOADED', { message: 'The platform is still starting.' });
      // Loaded once it is needed: a start should wait neither for graphql nor for graphql-shield.
      const { checkDocuments } = await import('./documents/check-documents.ts');
      return checkDocuments(manifest, { snapshot, client });
    },
    close: () => opened.disposeAsync(),
  };
}

async function openNotices(redisUrl: string | undefined, log: Logger): Promise<Notices> {
  if (redisUrl === undefined) return noNotices;
  // Loaded where it is needed: a platform without Redis starts without its client.
  const { createRedisNotices } = await import('./redis-notices.ts');
  return createRedisNotices(redisUrl, log);
}

/** Composes the files into the cache. What is wrong with them is told by the registry, which reads them too. */
async function composeAhead(configFile: string, state: StateDirectory): Promise<void> {
  const cache = createCompositionCache(state.compositionPath);
  await composeSupergraph(configFile, { cache }).catch(() => {});
}
