import { globSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { findOnPath } from './find-on-path.ts';
import { provideProgram } from './provide-program.ts';

/** Debian's package makes a cluster and starts it, which nobody needs here: this is its own switch against that. */
const WITHOUT_CLUSTER =
  "sed -i 's/^#\\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf";

/**
 * The folder of PostgreSQL's programs (`initdb`, `postgres`): the one on PATH, else the newest of Debian's.
 *
 * @throws when there is none and none can be installed
 */
export function providePostgres(): string {
  const install = 'apt-get install -y --no-install-recommends';
  const initdb = provideProgram({
    title: 'PostgreSQL',
    find: () => findOnPath(['initdb']) ?? findOnPath(['initdb'], debianFolders()),
    command: `apt-get update && ${install} postgresql-common && ${WITHOUT_CLUSTER} && ${install} postgresql`,
  });
  // PATH may hold links to a few of the programs only.
  return dirname(realpathSync(initdb));
}

function debianFolders(): string[] {
  const versionOf = (folder: string) => Number(/(\d+)\/bin$/.exec(folder)?.[1]);
  return globSync('/usr/lib/postgresql/*/bin').sort((a, b) => versionOf(b) - versionOf(a));
}
