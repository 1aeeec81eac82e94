import type { SnapshotContent } from '../build-snapshot.ts';

/** Makes a part of each snapshot from what it owns. */
export interface SnapshotPart {
  /** For messages: `the supergraph`. */
  readonly name: string;
  /**
   * Reads the part as it is now. Of parts that tell the same, the later one wins; routing URLs by the name of the
   * subgraph. An error stops a start; later on the part stays as it was.
   */
  read(): Promise<Partial<SnapshotContent>>;
}
