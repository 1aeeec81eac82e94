import { readFile } from 'node:fs/promises';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, parse } from 'graphql';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import type { RuleMap } from '../../src/lib/rules.ts';
import { type CallerContext, enforceAccess } from './access.ts';
import { type Caller, callerOf, createTokenVerifier, TokenRefused } from './caller.ts';

/** Codes whose messages are written for callers; the text of every other error stays in the log. */
const PUBLIC_CODES: ReadonlySet<unknown> = new Set([
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'PLAN_RESTRICTED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
]);
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Who may ask for GraphQL: the gateway alone. Internal routes name their own issuers. */
const GATEWAY = 'gateway';

export interface SubgraphDefinition<Context extends CallerContext> {
  /** The subgraph's name: the audience of the tokens that it takes. */
  readonly name: string;
  /** The file with its SDL. */
  readonly schemaFile: URL;
  /** Resolvers by type and field, `__resolveReference` included. */
  readonly resolvers: GraphQLResolverMap<Context>;
  /** The rules by field of the platform, which hold here as in the gateway. */
  readonly rules: RuleMap;
  /** Makes the resolvers' context of one operation; its loaders live and die with it. */
  readonly createContext: (caller: Caller) => Context;
  /** Why the subgraph cannot answer yet; `/health` says 503 with it. */
  readonly notReadyBecause?: () => string | undefined;
  /** What else `/health` says: counters and names, nothing that a stranger may not read. */
  readonly describeHealth?: () => Readonly<Record<string, unknown>>;
  /** Routes for other subgraphs. */
  readonly internalRoutes?: {
    /** Whose tokens they take. */
    readonly issuers: readonly string[];
    readonly register: (app: FastifyInstance) => void;
  };
  /** Ends timers and closes tables; called after the last answer. */
  readonly close?: () => void | Promise<void>;
}

export interface SubgraphServerOptions {
  readonly host: string;
  readonly port: number;
  readonly trustedKeys: JSONWebKeySet;
  readonly log: Logger;
}

export interface RunningSubgraph {
  readonly url: string;
  readonly port: number;
  /** Answers what is under way, then stops. */
  close(): Promise<void>;
}

/** Builds the executable schema of a subgraph, guarded by the access directives of its own SDL and by rules. */
export async function buildGuardedSchema<Context extends CallerContext>({
  schemaFile,
  resolvers,
  rules,
}: Pick<SubgraphDefinition<Context>, 'schemaFile' | 'resolvers' | 'rules'>): Promise<GraphQLSchema> {
  const typeDefs = parse(await readFile(schemaFile, 'utf8'));
  return enforceAccess(
    buildSubgraphSchema([{ typeDefs, resolvers: resolvers as GraphQLResolverMap<unknown> }]),
    rules,
  );
}

/**
 * Serves a subgraph: GraphQL at `/graphql` for callers that the gateway vouches for, `/health` for everybody.
 *
 * @throws when the port is taken (`EADDRINUSE`) or the SDL and the resolvers do not fit
 */
export async function startSubgraph<Context extends CallerContext>(
  definition: SubgraphDefinition<Context>,
  { host, port, trustedKeys, log }: SubgraphServerOptions,
): Promise<RunningSubgraph> {
  const schema = await buildGuardedSchema(definition);
  const apollo = createApolloServer<Context>(schema, log);
  await apollo.start();

  const app = Fastify({ bodyLimit: BODY_LIMIT_BYTES, logger: false, forceCloseConnections: 'idle' });
  app.get('/health', async (_request, reply) => {
    const reason = definition.notReadyBecause?.();
    return reply.code(reason === undefined ? 200 : 503).send({
      ...definition.describeHealth?.(),
      name: definition.name,
      ready: reason === undefined,
      reason,
    });
  });
  const verifier = createTokenVerifier({ keys: trustedKeys, issuers: [GATEWAY], audience: definition.name });
  app.register(async (guarded) => {
    guarded.decorateRequest('caller');
    guarded.addHook('onRequest', async (request, reply) => {
      try {
        request.caller = callerOf(await verifier.verify(request.headers.authorization));
      } catch (error) {
        await refuse(error, reply, log);
      }
    });
    guarded.post(
      '/graphql',
      fastifyApolloHandler(apollo, {
        context: async (request) => definition.createContext(request.caller as Caller),
      }),
    );
  });
  const { internalRoutes } = definition;
  if (internalRoutes !== undefined) {
    const { issuers, register } = internalRoutes;
    const services = createTokenVerifier({ keys: trustedKeys, issuers, audience: definition.name });
    app.register(async (internal) => {
      internal.addHook('onRequest', async (request, reply) => {
        await services.verify(request.headers.authorization).catch((error) => refuse(error, reply, log));
      });
      register(internal);
    });
  }

  await app.listen({ host, port });
  const address = app.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: boundPort,
    url: `http://${host}:${boundPort}/graphql`,
    async close() {
      await app.close();
      await apollo.stop();
      await definition.close?.();
    },
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the gateway's token has been verified. */
    caller?: Caller;
  }
}

/** Answers 401 without a reason to whoever has no good token; the reason stays in the log. */
async function refuse(error: unknown, reply: import('fastify').FastifyReply, log: Logger): Promise<void> {
  if (!(error instanceof TokenRefused)) throw error;
  log.warn({ reason: error.message }, 'refused a call without a valid token');
  await reply.code(401).send({
    errors: [
      { message: 'This subgraph answers its gateway alone.', extensions: { code: 'UNAUTHENTICATED' } },
    ],
  });
}

function createApolloServer<Context extends CallerContext>(schema: GraphQLSchema, log: Logger) {
  return new ApolloServer<Context>({
    schema,
    introspection: true,
    persistedQueries: false,
    // Reached by the gateway alone, with a token that no browser holds.
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginInlineTraceDisabled()],
    logger: log,
    formatError: (formatted, error) => maskError(formatted, error, log),
  });
}

function maskError(formatted: GraphQLFormattedError, error: unknown, log: Logger): GraphQLFormattedError {
  const code = formatted.extensions?.code;
  if (PUBLIC_CODES.has(code)) return formatted;
  if (isArgumentError(error)) return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } };
  log.error({ err: error, path: formatted.path }, 'a resolver failed');
  const { path, locations } = formatted;
  return {
    message: 'The subgraph failed to answer this field.',
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

/**
 * Whether graphql-js refused an argument while it ran: a nullable variable may stand where the argument has a default,
 * and be null all the same. It throws a plain error without a code, so its words are all there is.
 *
 * @see https://spec.graphql.org/October2021/#CoerceArgumentValues()
 */
function isArgumentError(error: unknown): boolean {
  const thrown = error instanceof GraphQLError ? (error.originalError ?? error) : undefined;
  return thrown instanceof GraphQLError && thrown.message.startsWith('Argument "');
}
