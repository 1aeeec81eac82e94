import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { GraphQLParameters } from '../context.ts';
import { ConfigError, InternalError } from '../errors/errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { RawResult } from './shape-result.ts';
import type { ExecutionContext } from './subgraph-data-source.ts';

/** Runs operations of one supergraph. */
export interface Executor {
  /** What clients see: the supergraph without its internal parts. */
  readonly apiSchema: GraphQLSchema;
  /** Plans and runs an operation that is already validated. */
  execute(parameters: GraphQLParameters, context: ExecutionContext): Promise<RawResult>;
  /** The page with Apollo Sandbox for people who open the endpoint in a browser. */
  renderSandbox(): Promise<string>;
  close(): Promise<void>;
}

export interface ApolloExecutorOptions {
  /** A supergraph that the planner takes: see `plannerSupergraph`. */
  readonly supergraphSdl: string;
  /** Makes the data source of a subgraph; the URL is the supergraph's. */
  readonly dataSourceFor: (subgraph: string, url: string | undefined) => GraphQLDataSource<ExecutionContext>;
  readonly log: Logger;
}

/**
 * `@apollo/gateway` behind `@apollo/server`: loads a supergraph, plans, and runs the plans over our data sources.
 *
 * @throws ConfigError SUPERGRAPH_INVALID when the supergraph cannot be loaded
 */
export async function createApolloExecutor(options: ApolloExecutorOptions): Promise<Executor> {
  const { supergraphSdl, dataSourceFor, log } = options;
  const apolloLog = log.child({ part: 'apollo' }, { level: 'warn' });
  const gateway = new ApolloGateway({
    // A snapshot is immutable: the manager hands over its supergraph once and never updates it.
    supergraphSdl: { initialize: async () => ({ supergraphSdl }) },
    buildService: ({ name, url }) => dataSourceFor(name, url),
    logger: apolloLog,
  });
  let apiSchema: GraphQLSchema | undefined;
  gateway.onSchemaLoadOrUpdate((loaded) => {
    apiSchema = loaded.apiSchema;
  });
  const server = new ApolloServer<ExecutionContext>({
    gateway,
    introspection: true,
    // Our own route owns these: see docs/lifecycle.md.
    persistedQueries: false,
    csrfPrevention: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    logger: apolloLog,
    plugins: [
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginLandingPageLocalDefault({ embed: true, includeCookies: false, footer: false }),
    ],
  });
  try {
    await server.start();
  } catch (cause) {
    throw new ConfigError(
      'SUPERGRAPH_INVALID',
      `The supergraph cannot be served: ${(cause as Error).message}`,
      cause,
    );
  }
  if (apiSchema === undefined) throw new InternalError('the gateway started without a schema');

  return {
    apiSchema,
    async execute({ query, variables, operationName }, context) {
      const { body } = await server.executeOperation(
        { query, variables: { ...variables }, ...(operationName === undefined ? {} : { operationName }) },
        { contextValue: context },
      );
      if (body.kind !== 'single') throw new InternalError('an incremental result');
      return body.singleResult;
    },
    async renderSandbox() {
      const { body } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: 'GET',
          headers: new HeaderMap([['accept', 'text/html']]),
          search: '',
          body: undefined,
        },
        context: () => Promise.reject(new InternalError('the landing page has no context')),
      });
      if (body.kind !== 'complete') throw new InternalError('a landing page in parts');
      return body.string;
    },
    close: () => server.stop(),
  };
}
