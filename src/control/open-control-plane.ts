import type { Logger } from '../observability/logger.ts';
import type { Snapshot } from '../snapshot.ts';
import { type ControlPlane, createControlPlane } from './control-plane.ts';
import { createKeyStore, type KeyStore } from './key-store.ts';
import { loadSupergraph, type SupergraphSource } from './load-supergraph.ts';
import { createKeysPart } from './parts/keys-part.ts';
import { createSettingsPart } from './parts/settings-part.ts';
import type { SnapshotPart } from './parts/snapshot-part.ts';
import { createSubgraphProcessesPart } from './parts/subgraph-processes-part.ts';
import { createSupergraphPart } from './parts/supergraph-part.ts';
import type { SettingsSource } from './settings-source.ts';
import type { StateDirectory } from './state-directory.ts';
import type { Trust } from './trust.ts';

export interface OpenControlPlaneOptions {
  readonly state: StateDirectory;
  readonly trust: Trust;
  /** `postgresql://…`; undefined means a SQLite file in the state directory. */
  readonly databaseUrl: string | undefined;
  readonly settings: SettingsSource;
  readonly supergraph: SupergraphSource;
  /** Where the subgraphs run that the platform itself starts. */
  readonly subgraphUrls?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** Asks for no keys. */
  readonly open: boolean;
  readonly publish: (snapshot: Snapshot) => Promise<void>;
  readonly log: Logger;
}

/** The control plane with its tables open, and what changes them. */
export interface OpenControlPlane {
  readonly plane: ControlPlane;
  readonly keys: KeyStore;
  close(): Promise<void>;
}

/**
 * Opens the tables and puts the control plane together: one line for each part of a snapshot.
 *
 * @throws the error of the database when it cannot be opened
 */
export async function openControlPlane(options: OpenControlPlaneOptions): Promise<OpenControlPlane> {
  const { state, trust, databaseUrl, settings, supergraph, subgraphUrls, open, publish, log } = options;
  // Begun before the tables are open: composing takes longest of all.
  const loading = loadSupergraph(supergraph, state, log);
  const supergraphPart = createSupergraphPart(loading);
  // Loaded only now: the children should have started before this process is busy loading Kysely.
  const { chooseControlEngine, openDatabase } = await import('../storage/database.ts');
  const database = await openDatabase(chooseControlEngine({ file: state.databaseFile, databaseUrl }));
  const keys = createKeyStore({ database, guards: trust, change: (work) => plane.change(work) });
  const parts: SnapshotPart[] = [createSettingsPart(settings), supergraphPart, createKeysPart(keys, open)];
  if (subgraphUrls !== undefined) parts.push(createSubgraphProcessesPart(subgraphUrls));
  const { pollMs } = settings.read().control;
  const plane = createControlPlane({ database, parts, publish, pollMs, log });
  return {
    plane,
    keys,
    async close() {
      plane.stop();
      await database.destroy();
    },
  };
}
