import { parentPort } from 'node:worker_threads';
import { parse } from 'graphql';
import { createOperationPlanner, type OperationPlanner } from './plan-operation.ts';
import type { PlannerCommand, PlannerMessage } from './planner-messages.ts';

/** The thread in which operations are planned: a plan may take seconds, and requests must not wait for it. */
const planners = new Map<number, OperationPlanner>();

parentPort?.on('message', (command: PlannerCommand) => {
  const answer = obey(command);
  if (answer !== undefined) parentPort?.postMessage(answer);
});

function obey(command: PlannerCommand): PlannerMessage | undefined {
  switch (command.type) {
    case 'load':
      return load(command.supergraph, command.sdl);
    case 'drop':
      planners.delete(command.supergraph);
      return undefined;
    case 'plan':
      try {
        const planner = planners.get(command.supergraph);
        if (planner === undefined) throw new Error('the supergraph is not loaded');
        return { type: 'planned', plan: planner.plan(parse(command.document), command.operationName) };
      } catch (error) {
        return { type: 'failed', message: (error as Error).stack ?? String(error) };
      }
  }
}

function load(supergraph: number, sdl: string): PlannerMessage {
  try {
    planners.set(supergraph, createOperationPlanner(sdl));
    return { type: 'loaded' };
  } catch (error) {
    return { type: 'refused', message: (error as Error).message };
  }
}
