import type { WindowOutcome, WindowTake } from './field-window.ts';

/** Decides how often fields may be asked for, whatever becomes of the store behind it. */
export interface WindowKeeper {
  /** Takes all of it or nothing. Always decides. */
  take(take: WindowTake): Promise<WindowOutcome>;
  /** Gives back what was granted to an operation that did not run after all, in the background. */
  giveBack(take: WindowTake): void;
  close(): void;
}
