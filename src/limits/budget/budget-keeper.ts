import type { BudgetLimits, BudgetOutcome } from './budget.ts';

/** A request's claim on the budget of an account. */
export interface BudgetClaim {
  readonly account: string;
  readonly requestId: string;
  readonly points: number;
  readonly limits: BudgetLimits;
}

/** Decides and settles, whatever becomes of the store behind it. */
export interface BudgetKeeper {
  /** Takes the points of a claim, or says what is short. Always decides. */
  reserve(claim: BudgetClaim): Promise<BudgetOutcome>;
  /** Puts what a granted claim came to in its place, in the background. @param points - what it came to */
  settle(claim: BudgetClaim, points: number): void;
  /** Writes what is still to be written, as far as that is possible now, then lets go of the store. */
  close(): Promise<void>;
}
