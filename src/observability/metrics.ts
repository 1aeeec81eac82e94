import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DurationHistogram } from './duration-histogram.ts';

/** All metrics of a worker; names, units and labels in one catalogue. */
export interface Metrics {
  readonly registry: Registry;
  /**
   * GraphQL requests by outcome: `ok`, `partial` (data and errors), the code of the refusal, or `CLIENT_LEFT` when the
   * connection ended before the answer.
   */
  readonly requests: Counter<'outcome'>;
  /** Time from the last byte of the request to the answer, in seconds. */
  readonly requestSeconds: DurationHistogram;
  /** Operations that run now. */
  readonly operationsInFlight: Gauge;
  /** Calls to subgraphs by name and outcome: `ok`, the code of the failure, or `caller_left` when nobody waited any more. */
  readonly subgraphRequests: Counter<'subgraph' | 'outcome'>;
  /** Time of a call to a subgraph, in seconds. */
  readonly subgraphSeconds: DurationHistogram;
  /** Calls to subgraphs that were sent a second time. */
  readonly subgraphRetries: Counter<'subgraph'>;
  /** The breaker of a subgraph: 0 closed, 1 trying one call, 2 open. */
  readonly subgraphBreakerState: Gauge<'subgraph'>;
  /** How often a URL of a subgraph was put out of use. */
  readonly subgraphEjections: Counter<'subgraph'>;
  /** Documents whose parsed form was found in the cache, or not. */
  readonly documentCache: Counter<'result'>;
  /** Fetches and operations that needed no call or run of their own, by the layer that shared them. */
  readonly sharedFetches: Counter<'layer'>;
  /** Operations whose compiled form was found in the cache, or not. */
  readonly operationCache: Counter<'result'>;
  /** What bounded caches hold, in bytes as they count them. */
  readonly cacheBytes: Gauge<'cache'>;
  /** How many entries they hold. */
  readonly cacheEntries: Gauge<'cache'>;
  /** Uses of secrets of keys that a rotation has replaced. */
  readonly oldSecretUses: Counter;
  /** Trusted documents that were compiled ahead of their first call, or could not be. */
  readonly compiledDocuments: Counter<'result'>;
  /** How often the planner's thread was started. */
  readonly plannerStarts: Counter;
  /** Coordinates that rules refused, once for each operation, by the code that the caller was told. */
  readonly refusedFields: Counter<'code'>;
  /** Points that operations came to. */
  readonly points: Counter;
  /** Operations that budgets refused, or would have where they only measure, by code. */
  readonly budgetRefusals: Counter<'code'>;
  /** Operations that field windows refused, or would have where budgets only measure, by field. */
  readonly fieldRefusals: Counter<'coordinate'>;
  /** Points beyond estimates, by the list that was longer than the schema says. */
  readonly excessPoints: Counter<'coordinate'>;
  /** Whether budgets are kept without Redis because it is away: 1 yes, 0 no. */
  readonly budgetStoreAway: Gauge;
  /** Batches of usage that say less of who and what than they might: there were too many kinds. */
  readonly usageFolded: Counter;
  /** Rules that threw, took too long or gave no answer. */
  readonly ruleFaults: Counter;
}

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'tributary_' });
  return {
    registry,
    requests: new Counter({
      name: 'tributary_requests_total',
      help: 'GraphQL requests by outcome: ok, partial (data and errors), the code of the refusal, or CLIENT_LEFT.',
      labelNames: ['outcome'],
      registers,
    }),
    requestSeconds: new DurationHistogram({
      name: 'tributary_request_duration_seconds',
      help: 'Time from the last byte of a request to its answer.',
      labelName: 'operation_type',
      buckets: SECONDS_BUCKETS,
      registry,
    }),
    operationsInFlight: new Gauge({
      name: 'tributary_operations_in_flight',
      help: 'Operations that run now.',
      registers,
    }),
    subgraphRequests: new Counter({
      name: 'tributary_subgraph_requests_total',
      help: 'Calls to subgraphs by outcome: ok, the code of the failure, or caller_left.',
      labelNames: ['subgraph', 'outcome'],
      registers,
    }),
    subgraphSeconds: new DurationHistogram({
      name: 'tributary_subgraph_request_duration_seconds',
      help: 'Time of a call to a subgraph.',
      labelName: 'subgraph',
      buckets: SECONDS_BUCKETS,
      registry,
    }),
    subgraphRetries: new Counter({
      name: 'tributary_subgraph_retries_total',
      help: 'Calls to subgraphs that were sent a second time.',
      labelNames: ['subgraph'],
      registers,
    }),
    subgraphBreakerState: new Gauge({
      name: 'tributary_subgraph_breaker_state',
      help: 'The breaker of a subgraph: 0 closed, 1 trying one call, 2 open.',
      labelNames: ['subgraph'],
      registers,
    }),
    subgraphEjections: new Counter({
      name: 'tributary_subgraph_ejections_total',
      help: 'How often a URL of a subgraph was put out of use after failures in a row.',
      labelNames: ['subgraph'],
      registers,
    }),
    sharedFetches: new Counter({
      name: 'tributary_shared_total',
      help: 'Fetches and operations that needed no call or run of their own, by layer: entities, requests, coalesce, operations.',
      labelNames: ['layer'],
      registers,
    }),
    cacheBytes: new Gauge({
      name: 'tributary_cache_bytes',
      help: 'What bounded caches hold, in bytes as they count them.',
      labelNames: ['cache'],
      registers,
    }),
    cacheEntries: new Gauge({
      name: 'tributary_cache_entries',
      help: 'How many entries bounded caches hold.',
      labelNames: ['cache'],
      registers,
    }),
    operationCache: new Counter({
      name: 'tributary_operation_cache_total',
      help: 'Operations whose compiled form was in the cache (hit) or not (miss).',
      labelNames: ['result'],
      registers,
    }),
    oldSecretUses: new Counter({
      name: 'tributary_old_key_secret_uses_total',
      help: 'Requests with a secret of a key that a rotation has replaced and that still counts.',
      registers,
    }),
    compiledDocuments: new Counter({
      name: 'tributary_compiled_documents_total',
      help: 'Trusted documents that were compiled ahead of their first call (ok) or could not be (failed).',
      labelNames: ['result'],
      registers,
    }),
    plannerStarts: new Counter({
      name: 'tributary_planner_starts_total',
      help: "How often the planner's thread was started.",
      registers,
    }),
    refusedFields: new Counter({
      name: 'tributary_refused_fields_total',
      help: 'Coordinates that rules refused, once for each operation, by code.',
      labelNames: ['code'],
      registers,
    }),
    points: new Counter({
      name: 'tributary_points_total',
      help: 'Points that operations came to.',
      registers,
    }),
    budgetRefusals: new Counter({
      name: 'tributary_budget_refusals_total',
      help: 'Operations that budgets refused, or would have in measure mode, by code.',
      labelNames: ['code'],
      registers,
    }),
    fieldRefusals: new Counter({
      name: 'tributary_field_window_refusals_total',
      help: 'Operations that field windows refused, or would have in measure mode, by field.',
      labelNames: ['coordinate'],
      registers,
    }),
    excessPoints: new Counter({
      name: 'tributary_excess_points_total',
      help: 'Points beyond estimates, by the list that was longer than the schema says.',
      labelNames: ['coordinate'],
      registers,
    }),
    budgetStoreAway: new Gauge({
      name: 'tributary_budget_store_away',
      help: 'Whether budgets are kept without Redis because it is away: 1 yes, 0 no.',
      registers,
    }),
    usageFolded: new Counter({
      name: 'tributary_usage_folded_total',
      help: 'Batches of usage that say less of who and what than they might: see usage.entries.',
      registers,
    }),
    ruleFaults: new Counter({
      name: 'tributary_rule_faults_total',
      help: 'Rules that threw, took too long or gave no answer; each refused.',
      registers,
    }),
    documentCache: new Counter({
      name: 'tributary_document_cache_total',
      help: 'Documents whose parsed and validated form was in the cache (hit) or not (miss).',
      labelNames: ['result'],
      registers,
    }),
  };
}
