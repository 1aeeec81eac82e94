import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import { buildSchema, execute, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql';
import { createApolloExecutor } from '../../src/execution/apollo-executor.ts';
import { type CompiledOperation, compileOperation } from '../../src/execution/compile-operation.ts';
import { OperationConditions } from '../../src/execution/operation-conditions.ts';
import { preparePlanning } from '../../src/execution/prepare-planning.ts';
import type { RawResult } from '../../src/execution/shape-result.ts';
import { createSubgraphDataSource } from '../../src/execution/subgraph-data-source.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { sortJoinTypes } from '../../src/supergraph/sort-join-types.ts';
import { type FetchCall, requestBody } from '../../src/transport/fetch-call.ts';
import type { SubgraphResponse } from '../../src/transport/subgraph-client.ts';
import { composeTestSupergraph } from './gateway.ts';

/** What a test subgraph was asked. */
export interface SubgraphCall {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A subgraph inside the process: a schema with resolvers, or canned answers. */
export interface EngineSubgraph {
  readonly name: string;
  /** SDL without the Federation link, which is put in front. */
  readonly sdl: string;
  readonly resolvers?: GraphQLResolverMap<unknown>;
  /** Answers in place of GraphQL; throws for a call that fails. */
  readonly respond?: (call: SubgraphCall) => unknown;
}

export interface TestEngine {
  readonly supergraphSdl: string;
  readonly apiSchema: GraphQLSchema;
  /** Every call of either engine since the last `run` or `runStock` began. */
  readonly calls: readonly SubgraphCall[];
  plan(query: string, variables?: Record<string, unknown>): QueryPlan;
  compile(query: string, variables?: Record<string, unknown>): CompiledOperation;
  /** Runs an operation on our engine. */
  run(query: string, variables?: Record<string, unknown>): Promise<RawResult>;
  /** Runs it on the stock executor, over the same subgraphs. */
  runStock(query: string, variables?: Record<string, unknown>): Promise<RawResult>;
  close(): Promise<void>;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable",
  "@external", "@requires", "@provides", "@inaccessible", "@interfaceObject", "@override", "@context", "@fromContext"])\n`;

export interface TestEngineOptions {
  readonly subgraphs: readonly EngineSubgraph[];
  /** Both engines plan fetches by runtime type. */
  readonly typeConditionedFetching?: boolean;
}

/** Our engine and the stock executor over the same subgraphs and the same planner, all inside the process. */
export function createTestEngine({
  subgraphs,
  typeConditionedFetching = false,
}: TestEngineOptions): TestEngine {
  const supergraphSdl = composeTestSupergraph(
    subgraphs.map(({ name, sdl }) => ({ name, sdl: LINK + sdl, url: `http://${name}.test/graphql` })),
  );
  const supergraph = Supergraph.build(sortJoinTypes(supergraphSdl), {
    supportedFeatures: new Set([...SUPPORTED_FEATURES]),
  });
  const planner = new QueryPlanner(supergraph, { typeConditionedFetching });
  const apiSchema = supergraph.apiSchema().toGraphQLJSSchema();
  const supergraphSchema = buildSchema(supergraphSdl, { assumeValidSDL: true });
  const calls: SubgraphCall[] = [];
  const answer = createAnswerer(subgraphs, calls);
  const compiled = new Map<string, CompiledOperation>();
  const stock = () =>
    createApolloExecutor({
      supergraphSdl,
      log: createLogger('test', 'silent'),
      dataSourceFor: (subgraph) =>
        createSubgraphDataSource(
          {
            subgraph,
            send: ({ body }) => answer({ subgraph, ...JSON.parse(body) }),
            close: async () => undefined,
          },
          async () => ({}),
        ),
    });
  let stockExecutor: ReturnType<typeof stock> | undefined;

  function prepare(query: string, variables: Record<string, unknown>) {
    const source = parse(query);
    const errors = validate(apiSchema, source);
    if (errors.length > 0) throw errors[0];
    const definition = getOperationAST(source);
    if (definition == null) throw new TypeError('a test document has one operation');
    const conditions = new OperationConditions(source, definition);
    const values = conditions.evaluate(variables);
    const { planned, ...operation } = preparePlanning(
      { document: source, operation: definition },
      conditions,
      values,
      supergraphSchema,
    );
    const plan: QueryPlan =
      planned === undefined
        ? { kind: 'QueryPlan' }
        : planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema(), planned));
    return { ...operation, values, plan: structuredClone(plan) };
  }

  function compile(query: string, variables: Record<string, unknown> = {}): CompiledOperation {
    const { values, ...source } = prepare(query, variables);
    const key = `${values}\n${query}`;
    let operation = compiled.get(key);
    if (operation === undefined) {
      operation = compileOperation({ ...source, apiSchema, supergraphSchema });
      compiled.set(key, operation);
    }
    return operation;
  }

  return {
    supergraphSdl,
    apiSchema,
    calls,
    plan: (query, variables = {}) => prepare(query, variables).plan,
    compile,
    async run(query, variables = {}) {
      calls.length = 0;
      return compile(query, variables).run({
        variables,
        fetcher: async (call) => answer({ subgraph: call.fetch.subgraph, ...bodyOf(call) }),
      });
    },
    async runStock(query, variables = {}) {
      calls.length = 0;
      stockExecutor ??= stock();
      const executor = await stockExecutor;
      const context = {
        requestId: 'test',
        caller: { tier: 'ANONYMOUS' as const, scopes: new Set<string>() },
        client: undefined,
        signal: new AbortController().signal,
      };
      const { data, errors, extensions } = await executor.execute(
        { text: query, variables, name: undefined },
        context,
      );
      return JSON.parse(JSON.stringify({ data, errors, extensions })) as RawResult;
    },
    async close() {
      await (await stockExecutor)?.close();
    },
  };
}

/** Link features that concern execution; the stock gateway refuses the last of them. */
const SUPPORTED_FEATURES = [
  'https://specs.apollo.dev/core/v0.1',
  'https://specs.apollo.dev/core/v0.2',
  'https://specs.apollo.dev/join/v0.1',
  'https://specs.apollo.dev/join/v0.2',
  'https://specs.apollo.dev/join/v0.3',
  'https://specs.apollo.dev/join/v0.4',
  'https://specs.apollo.dev/join/v0.5',
  'https://specs.apollo.dev/tag/v0.1',
  'https://specs.apollo.dev/tag/v0.2',
  'https://specs.apollo.dev/tag/v0.3',
  'https://specs.apollo.dev/inaccessible/v0.1',
  'https://specs.apollo.dev/inaccessible/v0.2',
  'https://specs.apollo.dev/context/v0.1',
];

/** A call as HTTP would carry it, read back. */
function bodyOf(call: FetchCall): { query: string; variables: Record<string, unknown> } {
  return JSON.parse(requestBody(call));
}

function createAnswerer(subgraphs: readonly EngineSubgraph[], calls: SubgraphCall[]) {
  const answers = new Map(
    subgraphs.map(({ name, sdl, resolvers = {}, respond }) => {
      const schema =
        respond === undefined ? buildSubgraphSchema([{ typeDefs: parse(LINK + sdl), resolvers }]) : undefined;
      return [
        name,
        async (call: SubgraphCall): Promise<unknown> =>
          schema === undefined
            ? respond?.(call)
            : execute({ schema, document: parse(call.query), variableValues: call.variables }),
      ] as const;
    }),
  );
  return async (call: SubgraphCall): Promise<SubgraphResponse> => {
    calls.push(call);
    const answer = await answers.get(call.subgraph)?.(call);
    // As after the wire: plain JSON, nothing shared.
    const { data, errors } = JSON.parse(JSON.stringify(answer)) as Partial<SubgraphResponse>;
    return { data: data ?? null, errors: errors ?? [] };
  };
}
