import type { LoadedSupergraph } from '../load-supergraph.ts';
import type { SnapshotPart } from './snapshot-part.ts';

/**
 * The supergraph that the platform was started with: read once, at the start.
 *
 * @param loading - begun by whoever starts the platform, since composing takes longest of all
 */
export function createSupergraphPart(loading: Promise<LoadedSupergraph>): SnapshotPart {
  return { name: 'the supergraph', read: () => loading };
}
