import type { RequestedDocument } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { PipelineSteps } from '../pipeline.ts';
import type { Snapshot } from '../snapshot.ts';

/** What serves one supergraph under one set of settings, with all of its caches. */
export interface Engine {
  /** Another one with the same engine takes its place in one assignment, with the steps that it changes. */
  snapshot: Snapshot;
  steps: PipelineSteps;
  /** Requests under way on this engine. */
  inFlight: number;
  /** Set when the engine was replaced; called when its last request ends. */
  onIdle: (() => void) | undefined;
  /** @param documents - of operations that are planned ahead, where they still fit; the latest served first */
  readonly warmUp: (documents?: readonly RequestedDocument[]) => Promise<void>;
  /** Compiles documents ahead of their first call, for `documents.warmMs` or until it is done. */
  readonly compileDocuments: (texts: Iterable<string>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Has an engine do something; it is not closed meanwhile.
 *
 * @throws RequestError OVERLOADED when `server.concurrentOperations` are under way on it; whatever the work throws
 */
export async function admitTo<Result>(
  engine: Engine,
  metrics: Pick<Metrics, 'operationsInFlight'>,
  work: (steps: PipelineSteps) => Result | Promise<Result>,
): Promise<Result> {
  if (engine.inFlight >= engine.snapshot.settings.server.concurrentOperations) {
    throw new RequestError('OVERLOADED');
  }
  engine.inFlight += 1;
  metrics.operationsInFlight.inc();
  try {
    return await work(engine.steps);
  } finally {
    engine.inFlight -= 1;
    metrics.operationsInFlight.dec();
    if (engine.inFlight === 0) engine.onIdle?.();
  }
}

/** Closes an engine that takes no more requests, when its last one has ended. */
export async function closeWhenIdle(engine: Engine): Promise<void> {
  if (engine.inFlight > 0) {
    await new Promise<void>((resolve) => {
      engine.onIdle = resolve;
    });
  }
  await engine.close();
}
