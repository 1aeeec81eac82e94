import { randomUUID } from 'node:crypto';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type {
  Caller,
  CostReport,
  GraphQLResult,
  PreparedOperation,
  RateLimitStanding,
  Tab,
} from '../context.ts';
import type { Code } from '../errors/codes.ts';
import { RequestError, RequestErrors, ToldRefusal } from '../errors/errors.ts';
import {
  type BudgetLimits,
  type BudgetOutcome,
  type BudgetState,
  MICRO,
  monthOf,
  refillMicroPerMs,
  startOfMonth,
} from './budget/budget.ts';
import type { BudgetClaim, BudgetKeeper } from './budget/budget-keeper.ts';
import { actualCost, findLongLists } from './cost/actual-cost.ts';
import { type CostModel, compileCost } from './cost/compile-cost.ts';
import type { CompiledCost } from './cost/compiled-cost.ts';
import { breakDownCost, dearestField, estimateCost } from './cost/estimate-cost.ts';
import { rateLimitHeaders, reportBreakdown, reportCost } from './report-cost.ts';
import type { WindowTake } from './windows/field-window.ts';

/** What of a request its budget depends on. */
export interface MeteredRequest {
  readonly caller: Caller;
  /** The network of the client, by which callers without an account are told apart. */
  readonly network: string;
  readonly wantsBreakdown: boolean;
}

/** An operation whose points are reserved. */
export interface MeteredOperation {
  readonly compiled: CompiledCost;
  readonly variables: PreparedOperation['variables'];
  readonly claim: BudgetClaim;
  readonly estimate: number;
  readonly state: BudgetState;
  readonly wantsBreakdown: boolean;
  /** What was taken of the windows of its fields. */
  readonly takes: readonly WindowTake[];
}

/** Who is told what happens; the meter itself only reckons. */
export interface MeterEvents {
  /** An operation was settled. */
  readonly onSettled: (points: number) => void;
  /** An operation was refused, or would have been where nothing is refused. */
  readonly onRefused: (code: Code) => void;
  /** An operation came to more than its estimate, because these lists were longer than was said. */
  readonly onExcess: (excessPoints: number, coordinates: readonly string[]) => void;
}

export interface MeterOptions extends MeterEvents {
  readonly model: CostModel;
  readonly keeper: BudgetKeeper;
  readonly settings: Pick<GatewaySettings, 'tiers'> & {
    readonly budgets: { readonly mode: 'enforce' | 'measure' };
  };
  /** The limits of an account's bucket: of the best tier among its keys. */
  readonly bucketTierOf: (caller: Caller) => Caller['tier'];
}

/** Refusals that cost a point: to find them takes work, and somebody sent what cannot run. */
const INVALID: ReadonlySet<Code> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'QUERY_TOO_LARGE',
  'QUERY_TOO_DEEP',
  'QUERY_TOO_COMPLEX',
]);
const LONGEST_WAIT_MS = 86_400_000;

/** Reserves what operations are estimated to cost, settles what they came to, and tells callers where they stand. */
export class OperationMeter {
  readonly #options: MeterOptions;
  readonly #compiled = new WeakMap<object, CompiledCost>();
  readonly #id = randomUUID();
  #claims = 0;

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /** The cost of an operation as far as its variables leave it open; worked out once. */
  compile({ document, operation }: Pick<PreparedOperation, 'document' | 'operation'>): CompiledCost {
    let compiled = this.#compiled.get(operation);
    if (compiled === undefined) {
      compiled = compileCost(this.#options.model, document, operation);
      this.#compiled.set(operation, compiled);
    }
    return compiled;
  }

  /**
   * Reserves the estimate of an operation.
   *
   * @throws ToldRefusal of COST_LIMIT_EXCEEDED, RATE_LIMITED or QUOTA_EXHAUSTED; nothing was called then
   */
  async reserve(
    operation: PreparedOperation,
    request: MeteredRequest,
    takes: readonly WindowTake[] = [],
  ): Promise<MeteredOperation> {
    const compiled = this.compile(operation);
    const { variables } = operation;
    const estimate = estimateCost(compiled, variables);
    const claim = this.#claim(request, estimate);
    const maxCost = Math.min(this.#tierOf(request.caller).operationPoints, claim.limits.bucketPoints);
    const refusal = estimate > maxCost ? tooDear(compiled, variables, estimate, maxCost) : undefined;
    const outcome = await this.#options.keeper.reserve(
      refusal === undefined ? claim : { ...claim, points: 0 },
    );
    this.#enforce(refusal ?? shortOf(claim, outcome), claim, outcome);
    const { state, short } = outcome;
    const granted = short === undefined && refusal === undefined ? claim : { ...claim, points: 0 };
    const { wantsBreakdown } = request;
    return { compiled, variables, claim: granted, estimate, state, wantsBreakdown, takes };
  }

  /** Puts what an operation came to in the place of its estimate, in the background. @returns what to tell */
  settle(operation: MeteredOperation, { data }: GraphQLResult, tab: Pick<Tab, 'points'>): CostReport {
    const { compiled, variables, claim, estimate, state, wantsBreakdown } = operation;
    const actual = actualCost(compiled, variables, data);
    const { keeper, onSettled, onExcess } = this.#options;
    keeper.settle(claim, actual);
    if (actual > estimate && data != null)
      onExcess(actual - estimate, findLongLists(compiled, variables, data));
    const charged = claim.points === 0 ? 0 : Math.min(Math.max(actual, 1), 2 * claim.points);
    onSettled(charged);
    tab.points += charged;
    const refund = claim.points - charged;
    const after = {
      ...state,
      levelMicro: Math.min(claim.limits.bucketPoints * MICRO, state.levelMicro + refund * MICRO),
      usedPoints: state.usedPoints - refund,
    };
    const report = reportCost(estimate, actual, claim.limits, after);
    if (!wantsBreakdown) return report;
    return { ...report, breakdown: reportBreakdown(breakDownCost(compiled, variables)) };
  }

  /** Settles an operation that was refused after all: finding that out took work. */
  release({ claim }: MeteredOperation, tab: Pick<Tab, 'points'>): void {
    this.#options.keeper.settle(claim, 1);
    tab.points += Math.min(claim.points, 1);
  }

  /**
   * Charges a request that cannot run, and has its refusal tell where the caller stands.
   *
   * @param error - whatever stopped it
   * @returns what to throw: the error itself when it is none of the caller's
   */
  async chargeInvalid(error: unknown, request: MeteredRequest, tab: Pick<Tab, 'points'>): Promise<unknown> {
    const isRefusal = error instanceof RequestError || error instanceof RequestErrors;
    if (!isRefusal) return error;
    const code = error instanceof RequestError ? error.code : error.errors[0]?.code;
    const points = code !== undefined && INVALID.has(code) ? 1 : 0;
    const claim = this.#claim(request, points);
    const outcome = await this.#options.keeper.reserve(claim);
    if (points > 0) {
      this.#options.keeper.settle(claim, points);
      if (outcome.short === undefined) tab.points += points;
      if (code !== undefined) this.#options.onRefused(code);
    }
    const short = this.#options.settings.budgets.mode === 'enforce' ? shortOf(claim, outcome) : undefined;
    return tell(short ?? error, reportCost(points, null, claim.limits, outcome.state));
  }

  /** Where a caller stands while an operation runs, by what its reservation said. */
  standing({ claim, estimate, state }: MeteredOperation, caller: Caller): RateLimitStanding {
    return standingOf(caller.tier, this.#tierOf(caller), claim.limits, state, estimate);
  }

  #enforce(refusal: RequestError | undefined, claim: BudgetClaim, { state }: BudgetOutcome): void {
    if (refusal === undefined) return;
    this.#options.onRefused(refusal.code);
    if (this.#options.settings.budgets.mode === 'measure') return;
    throw tell(refusal, reportCost(claim.points, null, claim.limits, state));
  }

  #claim(request: MeteredRequest, points: number): BudgetClaim {
    const { caller } = request;
    // An id of our own: whoever sends one x-request-id twice has sent two requests.
    this.#claims += 1;
    return {
      account: payerOf(request),
      requestId: `${this.#id}-${this.#claims}`,
      points,
      limits: this.#limitsOf(caller),
    };
  }

  #limitsOf(caller: Caller): BudgetLimits {
    return this.#options.settings.tiers[this.#options.bucketTierOf(caller)];
  }

  #tierOf({ tier }: Caller): GatewaySettings['tiers'][Caller['tier']] {
    return this.#options.settings.tiers[tier];
  }
}

/** Who pays, and is counted: an account, or the network of a caller without one. */
export function payerOf({ caller, network }: MeteredRequest): string {
  return caller.accountId === undefined ? `address ${network}` : `account ${caller.accountId}`;
}

/** Where somebody stands for whom nothing is metered: with a full bucket. */
export function unmeteredStanding(
  tier: Caller['tier'],
  limits: GatewaySettings['tiers'][Caller['tier']],
  nowMs: number,
): RateLimitStanding {
  const levelMicro = limits.bucketPoints * MICRO;
  const state = { levelMicro, atMs: nowMs, month: monthOf(nowMs), usedPoints: 0, bornMs: nowMs };
  return standingOf(tier, limits, limits, state, 0);
}

function standingOf(
  tier: Caller['tier'],
  { operationPoints }: GatewaySettings['tiers'][Caller['tier']],
  limits: BudgetLimits,
  state: BudgetState,
  requested: number,
): RateLimitStanding {
  const missingMicro = Math.max(0, limits.bucketPoints * MICRO - state.levelMicro);
  const rate = refillMicroPerMs(limits);
  const isFull = missingMicro === 0;
  return {
    tier,
    maxOperationPoints: Math.min(operationPoints, limits.bucketPoints),
    fullAtMs: isFull ? state.atMs : rate === 0 ? undefined : state.atMs + Math.ceil(missingMicro / rate),
    cost: reportCost(requested, null, limits, state),
  };
}

/** A refusal that tells where the caller stands, with the headers that go with it. */
function tell(refusal: RequestError | RequestErrors, cost: CostReport): ToldRefusal {
  const retryAfterMs = refusal instanceof RequestError ? refusal.extensions.retryAfterMs : undefined;
  const headers = {
    ...rateLimitHeaders(cost),
    ...(typeof retryAfterMs === 'number' ? { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) } : {}),
  };
  return new ToldRefusal(refusal, headers, { cost });
}

function tooDear(
  compiled: CompiledCost,
  variables: PreparedOperation['variables'],
  cost: number,
  maxCost: number,
): RequestError {
  const mostExpensive = dearestField(breakDownCost(compiled, variables))?.path.join('.');
  return new RequestError('COST_LIMIT_EXCEEDED', {
    message: `The operation costs ${cost} points; at most ${maxCost} are allowed. The field ${mostExpensive} costs most.`,
    extensions: { cost, maxCost, mostExpensive },
  });
}

/** The refusal for lack of points; undefined when nothing is short. */
function shortOf({ points, limits }: BudgetClaim, { short, state }: BudgetOutcome): RequestError | undefined {
  if (short === undefined) return undefined;
  if (short === 'month') {
    const retryAfterMs = Math.max(1, startOfMonth(state.month + 1) - state.atMs);
    const resetAt = new Date(startOfMonth(state.month + 1)).toISOString().slice(0, 10);
    return new RequestError('QUOTA_EXHAUSTED', {
      message: `The quota of the month is used up: this operation costs ${points} points, ${Math.max(0, (limits.monthPoints ?? 0) - state.usedPoints)} remain until ${resetAt}.`,
      extensions: { retryAfterMs },
    });
  }
  const missing = points - state.levelMicro / MICRO;
  const waitMs = limits.refillPerSecond === 0 ? LONGEST_WAIT_MS : (missing / limits.refillPerSecond) * 1000;
  const retryAfterMs = Math.min(LONGEST_WAIT_MS, Math.ceil(waitMs));
  const available = Math.max(0, Math.floor(state.levelMicro / MICRO));
  return new RequestError('RATE_LIMITED', {
    message: `Rate limit reached: this operation costs ${points} points, ${available} are available; try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    extensions: { retryAfterMs },
  });
}
