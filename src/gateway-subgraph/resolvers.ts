import { GraphQLError } from 'graphql';
import type { ReadUsage } from '../context.ts';
import { InternalError } from '../errors/errors.ts';
import type { Asker } from '../transport/subgraph-client.ts';

/** What resolvers know of a request. */
export interface GatewayContext extends Asker {
  readonly readUsage: ReadUsage;
  /** In milliseconds since the epoch. */
  readonly now: () => number;
}

const MOST_DAYS = 90;
const DAY_MS = 86_400_000;
/** When a bucket is full that nothing flows into. */
const NEVER = '9999-12-31T23:59:59Z';

export const resolvers = {
  Query: { rateLimit, apiUsage },
};

/** `Query.rateLimit`: the caller's stand, the operation that asks deducted. */
function rateLimit(_source: unknown, _args: unknown, { standing }: GatewayContext) {
  if (standing === undefined) throw new InternalError('a request that nobody has reckoned with');
  const { tier, maxOperationPoints, fullAtMs, cost } = standing();
  const { requested, bucket, month } = cost;
  return {
    plan: tier,
    requestedCost: requested,
    maximumOperationCost: maxOperationPoints,
    bucketSize: bucket.size,
    available: bucket.available,
    restoreRate: bucket.restoreRate,
    fullAt: fullAtMs === undefined ? NEVER : toDateTime(fullAtMs),
    monthRemaining: month?.remaining ?? null,
    monthResetAt: month?.resetAt ?? null,
  };
}

/** `Query.apiUsage`: what the caller's key, or his account without a key, has used, newest day first. */
async function apiUsage(
  _source: unknown,
  { days }: { readonly days: number },
  { caller, readUsage, now }: GatewayContext,
) {
  if (days < 1 || days > MOST_DAYS) {
    throw new GraphQLError(`Argument "days" must be between 1 and ${MOST_DAYS}, found ${days}.`, {
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }
  const { accountId, keyId = null } = caller;
  if (accountId === undefined) return [];
  const fromDay = new Date(now() - (days - 1) * DAY_MS).toISOString().slice(0, 10);
  const used = await readUsage({ accountId, keyId, fromDay });
  return used
    .toSorted((left, right) => right.day.localeCompare(left.day))
    .slice(0, days)
    .map(({ day, ...figures }) => ({ ...figures, day: `${day}T00:00:00Z` }));
}

/** As the platform writes instants: whole seconds without a fraction. */
function toDateTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}
