import { InternalError } from '../../errors/errors.ts';
import type { Database } from '../../storage/database.ts';
import { readHead } from '../registry/version-store.ts';
import type { SnapshotPart } from './snapshot-part.ts';

/** The supergraph as the registry has it now. */
export function createRegistryPart(database: Database): SnapshotPart {
  return {
    name: 'the registry',
    async read() {
      const head = await readHead(database);
      if (head === undefined) throw new InternalError('the registry has no version');
      return {
        supergraphSdl: head.supergraphSdl,
        apiSdl: head.apiSdl,
        routingUrls: Object.fromEntries(head.subgraphs.map(({ name, routingUrl }) => [name, routingUrl])),
        guardedSubgraphs: head.subgraphs.filter(({ fileHash }) => fileHash === null).map(({ name }) => name),
      };
    },
  };
}
