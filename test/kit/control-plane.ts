import { defaultGatewaySettings } from '../../src/config/gateway-settings.ts';
import { type ControlPlane, createControlPlane } from '../../src/control/control-plane.ts';
import { createKeyStore, type KeyStore } from '../../src/control/key-store.ts';
import { type Notices, noNotices } from '../../src/control/notices.ts';
import { createKeysPart } from '../../src/control/parts/keys-part.ts';
import type { SnapshotPart } from '../../src/control/parts/snapshot-part.ts';
import type { SqlEngine } from '../../src/lib/sql/sql-engine.ts';
import { createLogger, type Logger } from '../../src/observability/logger.ts';
import type { Snapshot } from '../../src/snapshot.ts';
import { type Database, openDatabase } from '../../src/storage/database.ts';

const GUARDS = { keyPeppers: ['test-pepper'], sealingKeys: ['test-sealing-key'] };

export interface TestControlPlaneOptions {
  readonly engine: Pick<SqlEngine, 'dialect' | 'schema'>;
  /** Refuses a snapshot by throwing. */
  readonly accept?: (snapshot: Snapshot) => void | Promise<void>;
  readonly parts?: readonly SnapshotPart[];
  readonly pollMs?: number;
  readonly notices?: Notices;
  /** The present of the keys, in milliseconds. */
  readonly now?: () => number;
  /** Silent unless it is given. */
  readonly log?: Logger;
}

/** A control plane over tables, with workers that only remember what they were handed. */
export interface TestControlPlane {
  readonly plane: ControlPlane;
  readonly keys: KeyStore;
  readonly database: Database;
  /** What was handed out, in order. */
  readonly published: readonly Snapshot[];
  /** The ids of the keys that were handed out past a snapshot, each time. */
  readonly hurried: readonly (readonly string[])[];
  /** Resolves with a snapshot for which this is true, once it is handed out. */
  whenPublished(isIt: (snapshot: Snapshot) => boolean): Promise<Snapshot>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The parts of a snapshot besides the keys. */
export const fixedPart: SnapshotPart = {
  name: 'the fixed part',
  read: async () => ({ supergraphSdl: 'first', routingUrls: {}, settings: defaultGatewaySettings() }),
};

export async function startTestControlPlane(options: TestControlPlaneOptions): Promise<TestControlPlane> {
  const { engine, accept = () => {}, parts = [fixedPart], pollMs = 20 } = options;
  const { log = createLogger('test', 'silent'), now = Date.now } = options;
  const database = await openDatabase(engine);
  const published: Snapshot[] = [];
  const hurried: string[][] = [];
  const watchers = new Set<(snapshot: Snapshot) => void>();
  const keys = createKeyStore({ database, guards: GUARDS, now, change: (work) => plane.change(work) });
  const plane = createControlPlane({
    database,
    parts: [...parts, createKeysPart(keys, false)],
    hurryKeys: async () => {
      hurried.push((await keys.active()).map(({ id }) => id));
    },
    pollMs,
    notices: options.notices ?? noNotices,
    log,
    async publish(snapshot) {
      await accept(snapshot);
      published.push(snapshot);
      for (const watch of watchers) watch(snapshot);
    },
  });
  await plane.start();
  return {
    plane,
    keys,
    database,
    published,
    hurried,
    whenPublished: (isIt) =>
      new Promise((resolve) => {
        const watch = (snapshot: Snapshot) => {
          if (isIt(snapshot)) resolve(snapshot);
        };
        watchers.add(watch);
        published.forEach(watch);
      }),
    async [Symbol.asyncDispose]() {
      plane.stop();
      await database.destroy();
    },
  };
}
