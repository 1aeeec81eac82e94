import type { NormalisedItem } from './normalise-item.ts';

/**
 * Which time an item's instants are in: a recorded one moves with the recording, one of a feed stays where it is
 * in the platform's time.
 */
export type TimeBasis = 'RECORDED' | 'PLATFORM';

/** An item, when it was first seen, and which time that is. */
export interface SeenItem extends NormalisedItem {
  /** When the platform first saw it; for a recorded item, when it was published. */
  readonly firstSeenAtMs: number;
  readonly basis: TimeBasis;
}

/**
 * An instant of an item in the platform's time.
 *
 * @param offsetMs - the platform's time less the recording's
 */
export function toPlatformMs(basis: TimeBasis, instantMs: number, offsetMs: number): number {
  return basis === 'RECORDED' ? instantMs + offsetMs : instantMs;
}
