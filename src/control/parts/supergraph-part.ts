import type { LoadedSupergraph } from '../load-supergraph.ts';
import type { SnapshotPart } from './snapshot-part.ts';

/**
 * The supergraph that the platform was started with: read once, at the start.
 *
 * @param loading - begun by whoever starts the platform, since composing takes longest of all
 */
export function createSupergraphPart(loading: Promise<LoadedSupergraph>): SnapshotPart {
  // Read by the first snapshot; until then a rejection has nobody who listens.
  loading.catch(() => {});
  return { name: 'the supergraph', read: () => loading };
}
