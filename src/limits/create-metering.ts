import type { GraphQLSchema } from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type {
  Caller,
  CostReport,
  GraphQLResult,
  PreparedOperation,
  RateLimitStanding,
  Tab,
  Tier,
} from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import { clientNetwork } from '../lib/client-network.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Snapshot } from '../snapshot.ts';
import { readCostDirectives } from '../supergraph/cost-directives.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';
import type { BudgetKeeper } from './budget/budget-keeper.ts';
import type { MeterEvents } from './meter-operations.ts';
import {
  type MeteredOperation,
  type MeteredRequest,
  OperationMeter,
  payerOf,
  unmeteredStanding,
} from './meter-operations.ts';

import { createFieldMeter } from './windows/meter-fields.ts';
import type { WindowKeeper } from './windows/window-keeper.ts';

/** What of a request the meter looks at. */
export interface MeteringRequest {
  readonly credentials: { readonly remoteAddress: string };
  readonly wantsCostBreakdown?: boolean;
}

/** The steps of a request that budgets take part in. */
export interface Metering {
  /**
   * Works out what an operation costs ahead of its first request, as far as that does not depend on its variables.
   *
   * @throws RequestError QUERY_TOO_COMPLEX for what cannot be costed
   */
  compile(operation: PreparedOperation): void;
  reserve(
    operation: PreparedOperation,
    request: MeteringRequest,
    caller: Caller,
  ): Promise<MeteredOperation | undefined>;
  settle(reserved: MeteredOperation | undefined, result: GraphQLResult, tab: Tab): CostReport | undefined;
  release(reserved: MeteredOperation | undefined, error: unknown, tab: Tab): unknown;
  tellRefusal(error: unknown, request: MeteringRequest, caller: Caller, tab: Tab): Promise<unknown>;
  /** Where the caller stands while an operation runs. */
  standing(reserved: MeteredOperation | undefined, caller: Caller): RateLimitStanding;
}

/** Nothing is metered: with `--open`, and where budgets are off. Whoever asks where he stands has a full bucket. */
export function createNoMetering({ tiers }: Pick<GatewaySettings, 'tiers'>): Metering {
  return {
    compile: () => {},
    reserve: async () => undefined,
    settle: () => undefined,
    release: (_reserved, error) => error,
    tellRefusal: async (error) => error,
    standing: (_reserved, { tier }) => unmeteredStanding(tier, tiers[tier], Date.now()),
  };
}

export interface MeteringOptions {
  readonly snapshot: Pick<Snapshot, 'settings'>;
  readonly supergraph: SupergraphModel;
  /** The keys that are valid now; a new list when they change. */
  readonly keys: () => Snapshot['keys'];
  readonly apiSchema: GraphQLSchema;
  readonly keeper: BudgetKeeper;
  readonly windows: WindowKeeper;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Meters the operations of a snapshot. */
export function createMetering({
  snapshot,
  supergraph,
  keys,
  apiSchema,
  keeper,
  windows,
  metrics,
  log,
}: MeteringOptions): Metering {
  const { settings } = snapshot;
  const { mode } = settings.budgets;
  if (mode === 'off') return createNoMetering(settings);
  const meter = new OperationMeter({
    model: {
      ...settings.cost,
      schema: apiSchema,
      directives: readCostDirectives(supergraph.document),
    },
    keeper,
    settings: { tiers: settings.tiers, budgets: { mode } },
    bucketTierOf: bestTiers(keys, settings.tiers),
    ...tellOperators(metrics, log),
  });
  const fields = createFieldMeter({
    schema: apiSchema,
    windows: settings.fieldWindows,
    keeper: windows,
    mode,
    onRefused: (coordinate) => metrics.fieldRefusals.inc({ coordinate }),
  });
  const metered = ({ credentials, wantsCostBreakdown }: MeteringRequest, caller: Caller): MeteredRequest => ({
    caller,
    network: clientNetwork(credentials.remoteAddress),
    wantsBreakdown: wantsCostBreakdown ?? false,
  });
  return {
    compile: (operation) => void meter.compile(operation),
    async reserve(operation, request, caller) {
      const asked = metered(request, caller);
      const takes = await fields.take(operation, payerOf(asked));
      try {
        return await meter.reserve(operation, asked, takes);
      } catch (error) {
        fields.giveBack(takes);
        throw error;
      }
    },
    settle: (reserved, result, tab) =>
      reserved === undefined ? undefined : meter.settle(reserved, result, tab),
    release(reserved, error, tab) {
      // Who leaves before the answer pays the estimate: the subgraphs were called.
      if (reserved !== undefined && error instanceof RequestError) {
        meter.release(reserved, tab);
        fields.giveBack(reserved.takes);
      } else tab.points += reserved?.claim.points ?? 0;
      return error;
    },
    tellRefusal: (error, request, caller, tab) => meter.chargeInvalid(error, metered(request, caller), tab),
    standing: (reserved, caller) =>
      reserved === undefined
        ? unmeteredStanding(caller.tier, settings.tiers[caller.tier], Date.now())
        : meter.standing(reserved, caller),
  };
}

/** An account with keys of several tiers has one bucket: that of the best of them. */
function bestTiers(keys: () => Snapshot['keys'], tiers: GatewaySettings['tiers']): (caller: Caller) => Tier {
  let read: Snapshot['keys'] | undefined;
  let best = new Map<string, Tier>();
  return ({ accountId, tier }) => {
    const current = keys();
    if (read !== current) {
      read = current;
      best = new Map();
      for (const key of current) {
        const known = best.get(key.accountId);
        if (known === undefined || tiers[key.tier].bucketPoints > tiers[known].bucketPoints)
          best.set(key.accountId, key.tier);
      }
    }
    return best.get(accountId ?? '') ?? tier;
  };
}

function tellOperators(metrics: Metrics, log: Logger): MeterEvents {
  return {
    onSettled: (points) => metrics.points.inc(points),
    onRefused: (code) => metrics.budgetRefusals.inc({ code }),
    onExcess(excessPoints, coordinates) {
      log.warn(
        { excessPoints, coordinates },
        'an operation came to more than its estimate: lists were longer than the schema says',
      );
      for (const coordinate of coordinates) metrics.excessPoints.inc({ coordinate }, excessPoints);
    },
  };
}
