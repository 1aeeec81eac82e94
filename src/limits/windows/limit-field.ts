import type { GraphQLResolveInfo } from 'graphql';
import { getGraphQLRateLimiter, Store } from '../../lib/graphql-rate-limit.ts';
import type { WindowOutcome, WindowTake } from './field-window.ts';
import type { WindowKeeper } from './window-keeper.ts';

/** Why a field may not be asked for now. */
export interface FieldRefusal {
  readonly message: string;
  readonly retryAfterMs: number;
}

/**
 * What graphql-rate-limit takes for its store of timestamps, for one take. The package reads, decides and writes; here
 * the reading takes, in one step, and what it gives makes the package decide as that step did.
 */
class TakingStore extends Store {
  readonly #keeper: WindowKeeper;
  readonly #take: WindowTake;
  outcome: WindowOutcome | undefined;

  constructor(keeper: WindowKeeper, take: WindowTake) {
    super();
    this.#keeper = keeper;
    this.#take = take;
  }

  override async getForIdentity(): Promise<readonly number[]> {
    const { window } = this.#take;
    const outcome = await this.#keeper.take(this.#take);
    this.outcome = outcome;
    const counted = outcome.isGranted ? outcome.used : Math.max(outcome.used, window.max);
    // Ages were looked at by the store's clock: by that of this process they might be judged once more.
    return new Array<number>(counted).fill(Date.now());
  }

  override setForIdentity(): void {}
}

/** Takes a field's window for an operation. @returns undefined when it is granted */
export async function limitField(keeper: WindowKeeper, take: WindowTake): Promise<FieldRefusal | undefined> {
  const { window, account, count } = take;
  const store = new TakingStore(keeper, take);
  const waitMs = () => store.outcome?.waitMs ?? window.windowMs;
  const limit = getGraphQLRateLimiter({
    store,
    identifyContext: () => account,
    formatError: ({ max, window: windowMs }) =>
      `Rate limit reached: ${window.coordinate} may be asked for ${max} times in ${windowMs / 1000} s; try again in ${Math.ceil(waitMs() / 1000)} s.`,
  });
  const message = await limit(
    {
      parent: undefined,
      args: { asked: { length: count } },
      context: {},
      // The package tells fields apart by name: this one is unique in the schema.
      info: { fieldName: window.coordinate } as GraphQLResolveInfo,
    },
    {
      max: window.max,
      window: `${window.windowMs}ms`,
      arrayLengthField: 'asked',
      uncountRejected: true,
    },
  );
  return message === undefined ? undefined : { message, retryAfterMs: waitMs() };
}
