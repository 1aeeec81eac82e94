import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The files of the state directory by what they hold; all paths are absolute. */
export interface StateDirectory {
  readonly path: string;
  /** Tables of the control plane. */
  readonly databaseFile: string;
  /** Private keys, trusted public keys, pepper and cursor key. */
  readonly keysPath: string;
  readonly adminTokenFile: string;
  readonly demoFile: string;
  /** The last snapshot that was served. */
  readonly snapshotFile: string;
  /** Usage that the tables did not take yet. */
  readonly usageSpoolPath: string;
  /** Results of composition by the hash of their inputs. */
  readonly compositionPath: string;
  /** The sockets through which a primary finds workers that have outlived the one before. */
  readonly doorsPath: string;
  /** Where subgraphs keep their tables. */
  readonly subgraphsPath: string;
}

/** Opens the state directory, which nobody but its owner may enter; makes it when it is missing. */
export function openStateDirectory(directory: string): StateDirectory {
  const path = resolve(directory);
  const makePrivate = (folder: string): string => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    return folder;
  };
  makePrivate(path);
  return Object.freeze({
    path,
    databaseFile: join(path, 'control.sqlite'),
    keysPath: makePrivate(join(path, 'keys')),
    adminTokenFile: join(path, 'admin-token'),
    demoFile: join(path, 'demo.json'),
    snapshotFile: join(path, 'snapshot.json'),
    usageSpoolPath: join(path, 'usage-spool'),
    compositionPath: join(path, 'composition'),
    doorsPath: makePrivate(join(path, 'workers')),
    subgraphsPath: makePrivate(join(path, 'subgraphs')),
  });
}
