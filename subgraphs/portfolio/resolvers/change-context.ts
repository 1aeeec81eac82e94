import type { PortfolioContext } from '../context.ts';
import { forgetReads } from '../loaders.ts';
import type { ChangeEnvironment, Refused } from '../mutations/change.ts';
import type { UserError } from '../mutations/user-error.ts';

/** What was made, by id, or why it was not; the objects are read again after the change. */
export type ChangePayload<Made extends object> = Partial<Made> & {
  readonly userErrors: readonly UserError[];
};

/**
 * Makes a change for the caller of an operation. What the operation had read before is forgotten.
 */
export async function changeFor<Made extends object>(
  { database, marketPrices, clock, caller, loaders }: PortfolioContext,
  change: (environment: ChangeEnvironment) => Promise<Made | Refused>,
): Promise<ChangePayload<Made>> {
  const result = await change({ database, marketPrices, nowMs: clock.now(), userId: caller.userId });
  if ('userErrors' in result) return result as ChangePayload<Made>;
  forgetReads(loaders);
  return { ...result, userErrors: [] };
}
