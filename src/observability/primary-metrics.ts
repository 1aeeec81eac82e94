import { Counter, Gauge, Registry } from 'prom-client';

/** The metrics that the primary counts itself; those of requests come from its workers. */
export interface PrimaryMetrics {
  readonly registry: Registry;
  /** Workers that serve now. */
  readonly workersReady: Gauge;
  /** Processes that died and were replaced, by name: `worker` or the subgraph's. */
  readonly restarts: Counter<'process'>;
  /** Snapshots handed to workers by outcome: `served` or `refused`. */
  readonly snapshots: Counter<'outcome'>;
  /** Bytes of usage on disk that wait for the tables. */
  readonly usageSpoolBytes: Gauge;
}

export function createPrimaryMetrics(): PrimaryMetrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    workersReady: new Gauge({ name: 'tributary_workers_ready', help: 'Workers that serve now.', registers }),
    restarts: new Counter({
      name: 'tributary_process_restarts_total',
      help: 'Processes that died and were replaced, by name: worker, or the name of a subgraph.',
      labelNames: ['process'],
      registers,
    }),
    snapshots: new Counter({
      name: 'tributary_snapshots_total',
      help: 'Snapshots handed to workers by outcome: served or refused.',
      labelNames: ['outcome'],
      registers,
    }),
    usageSpoolBytes: new Gauge({
      name: 'tributary_usage_spool_bytes',
      help: 'Bytes of usage on disk that wait for the tables.',
      registers,
    }),
  };
}
