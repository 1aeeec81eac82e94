import { parentPort, workerData } from 'node:worker_threads';
import { parse } from 'graphql';
import { createOperationPlanner, type OperationPlanner } from './plan-operation.ts';
import type { PlannerMessage, PlannerThreadData, PlanRequest } from './planner-messages.ts';

/** The thread in which operations are planned: a plan may take seconds, and requests must not wait for it. */
const say = (message: PlannerMessage): void => parentPort?.postMessage(message);

function load(): OperationPlanner | undefined {
  try {
    return createOperationPlanner((workerData as PlannerThreadData).supergraphSdl);
  } catch (error) {
    say({ type: 'refused', message: (error as Error).message });
    return undefined;
  }
}

const planner = load();
if (planner !== undefined) {
  parentPort?.on('message', ({ document, operationName }: PlanRequest) => {
    try {
      say({ type: 'planned', plan: planner.plan(parse(document), operationName) });
    } catch (error) {
      say({ type: 'failed', message: (error as Error).stack ?? String(error) });
    }
  });
  say({ type: 'ready' });
}
