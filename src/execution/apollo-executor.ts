import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { PreparedOperation, RequestContext } from '../context.ts';
import { CODES } from '../errors/codes.ts';
import { ConfigError, InternalError } from '../errors/errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { Executor, OfferResult } from './executor.ts';
import type { RawResult } from './shape-result.ts';

/** The stock executor reads the document itself: of a prepared operation it needs the text alone. */
export interface ApolloExecutor extends Executor {
  execute(
    operation: Pick<PreparedOperation, 'text' | 'name' | 'variables'>,
    context: RequestContext,
    offer?: OfferResult,
  ): Promise<RawResult>;
}

const TIMEOUT = { message: CODES.SUBGRAPH_TIMEOUT.message, extensions: { code: 'SUBGRAPH_TIMEOUT' } };

export interface ApolloExecutorOptions {
  /** A supergraph that the planner takes: see `plannerSupergraph`. */
  readonly supergraphSdl: string;
  /** Makes the data source of a subgraph. */
  readonly dataSourceFor: (subgraph: string) => GraphQLDataSource<RequestContext>;
  readonly log: Logger;
}

/**
 * `@apollo/gateway` behind `@apollo/server`: loads a supergraph, plans, and runs the plans over our data sources.
 *
 * @throws ConfigError SUPERGRAPH_INVALID when the supergraph cannot be loaded
 */
export async function createApolloExecutor(options: ApolloExecutorOptions): Promise<ApolloExecutor> {
  const { supergraphSdl, dataSourceFor, log } = options;
  const apolloLog = log.child({ part: 'apollo' }, { level: 'warn' });
  const gateway = new ApolloGateway({
    // A snapshot is immutable: the manager hands over its supergraph once and never updates it.
    supergraphSdl: { initialize: async () => ({ supergraphSdl }) },
    buildService: ({ name }) => dataSourceFor(name),
    logger: apolloLog,
  });
  let apiSchema: GraphQLSchema | undefined;
  gateway.onSchemaLoadOrUpdate((loaded) => {
    apiSchema = loaded.apiSchema;
  });
  const server = new ApolloServer<RequestContext>({
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
      ApolloServerPluginLandingPageDisabled(),
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
    async execute({ text, variables, name }, context, offer) {
      // What it has fetched so far it does not tell.
      offer?.(() => ({ data: null, errors: [TIMEOUT] }));
      const { body } = await server.executeOperation(
        { query: text, variables: { ...variables }, ...(name === undefined ? {} : { operationName: name }) },
        { contextValue: context },
      );
      if (body.kind !== 'single') throw new InternalError('an incremental result');
      return body.singleResult;
    },
    // It plans what it is asked, when it is asked.
    compile: async () => {},
    // All of it is loaded at the start.
    warmUp: async () => {},
    close: () => server.stop(),
  };
}
