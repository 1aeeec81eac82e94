import { buildSchema, execute, getOperationAST, parse } from 'graphql';
import { createApolloExecutor } from '../../src/execution/apollo-executor.ts';
import { compileOperation } from '../../src/execution/compile-operation.ts';
import { OperationConditions } from '../../src/execution/operation-conditions.ts';
import { preparePlanning } from '../../src/execution/prepare-planning.ts';
import { shapeResult } from '../../src/execution/shape-result.ts';
import { createSubgraphDataSource } from '../../src/execution/subgraph-data-source.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createOperationPlanner } from '../../src/planning/plan-operation.ts';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import { requestBody } from '../../src/transport/fetch-call.ts';
import type { ExecutionResult } from './compare-results.ts';
import {
  createInProcessClient,
  monolith,
  ownedFields,
  subgraphNames,
  supergraphSdl,
  WORLD_HEADER,
  withWorld,
} from './fixture/federation.ts';
import { createWorld } from './fixture/world.ts';
import type { Case } from './random-case.ts';

/** Runs cases, each over data of its own. */
export interface Execution {
  readonly name: string;
  run(of: Case): Promise<ExecutionResult>;
  close(): Promise<void>;
}

const MANY_ERRORS = 10_000;
const ANYBODY = { tier: 'ANONYMOUS', scopes: new Set<string>() } as const;

/** graphql-js over one schema with all the data: what is right. */
export const monolithExecution: Execution = {
  name: 'monolith',
  run: async ({ query, variables, faults }) =>
    execute({
      schema: monolith,
      document: parse(query),
      variableValues: variables,
      contextValue: createWorld(faults, ownedFields),
    }),
  close: async () => {},
};

/** The stock executor behind Apollo Server, as `--engine apollo` runs it, over subgraphs in this process. */
export async function createApolloExecution(): Promise<Execution> {
  const log = createLogger('differential', 'silent');
  const executor = await createApolloExecutor({
    supergraphSdl,
    log,
    dataSourceFor: (subgraph) =>
      createSubgraphDataSource(createInProcessClient(subgraph), async ({ requestId }) => ({
        [WORLD_HEADER]: requestId,
      })),
  });
  return {
    name: 'apollo',
    run: ({ query, variables, faults }) =>
      withWorld(createWorld(faults, ownedFields), async (world) => {
        const raw = await executor.execute(
          { text: query, variables, name: undefined },
          {
            requestId: world,
            caller: ANYBODY,
            client: undefined,
            signal: new AbortController().signal,
          },
        );
        return shapeResult(raw, MANY_ERRORS);
      }),
    close: () => executor.close(),
  };
}

/** Our engine: the planner in this process, compiled plans, subgraphs in this process. */
export function createTributaryExecution(): Execution {
  const planner = createOperationPlanner(supergraphSdl);
  const apiSchema = buildSchema(printApiSchema(supergraphSdl));
  const supergraphSchema = buildSchema(supergraphSdl, { assumeValidSDL: true });
  const clients = new Map(subgraphNames.map((name) => [name, createInProcessClient(name)]));

  const compile = ({ query, variables }: Case) => {
    const source = parse(query);
    const definition = getOperationAST(source);
    if (definition == null) throw new Error('one operation was expected');
    const conditions = new OperationConditions(source, definition);
    const { planned, ...operation } = preparePlanning(
      { document: source, operation: definition },
      conditions,
      conditions.evaluate(variables),
      supergraphSchema,
    );
    // A clone, as it arrives from the planner's thread.
    const plan = structuredClone(
      planned === undefined ? ({ kind: 'QueryPlan' } as const) : planner.plan(planned, undefined),
    );
    return compileOperation({ ...operation, plan, apiSchema, supergraphSchema });
  };
  return {
    name: 'tributary',
    run: (of) =>
      withWorld(createWorld(of.faults, ownedFields), (world) =>
        compile(of).run({
          variables: of.variables,
          async fetcher(call) {
            const client = clients.get(call.fetch.subgraph);
            if (client === undefined) throw new Error(`there is no subgraph "${call.fetch.subgraph}"`);
            return client.send({
              body: requestBody(call),
              operationKind: call.fetch.operationKind,
              headers: { [WORLD_HEADER]: world },
              signal: new AbortController().signal,
            });
          },
        }),
      ),
    close: async () => {},
  };
}
