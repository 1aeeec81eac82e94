import type { SnapshotPart } from './snapshot-part.ts';

/** Where the subgraphs run that the platform itself has started; this overrides all routing URLs. */
export function createSubgraphProcessesPart(
  urls: () => Promise<Readonly<Record<string, string>>>,
): SnapshotPart {
  return { name: 'the subgraph processes', read: async () => ({ routingUrls: await urls() }) };
}
