import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Actor, requireAdmin } from '../control/registry/actor.ts';
import type { Code } from '../errors/codes.ts';
import { formatError, RequestError } from '../errors/errors.ts';
import { portTaken } from '../errors/port-taken.ts';
import type { Logger } from '../observability/logger.ts';
import { type AdminRoute, StreamedAnswer } from './admin-route.ts';
import { bearerToken, createTokenCheck } from './check-token.ts';

/** What the admin listener tells; the supervisor knows it. */
export interface AdminSource {
  /** Prometheus text. */
  metricsText(): Promise<string>;
  /** Why the platform is not ready; empty when it is. */
  notReadyReasons(): readonly string[];
  /** What is wrong although the platform is ready; empty when nothing is. */
  warnings(): readonly string[];
  /** The answer of `/api/status`. */
  status(): Promise<Readonly<Record<string, unknown>>>;
}

export interface AdminServerOptions {
  readonly source: AdminSource;
  /** The bearer token of `/api/*`. */
  readonly token: string;
  /** Who holds another bearer token than that. */
  readonly identifyPublisher?: (token: string) => Promise<Actor | undefined>;
  /** What is below `/api/` besides the status. */
  readonly routes: readonly AdminRoute[];
  /** The largest request body, in bytes. */
  readonly bodyLimitBytes: number;
  readonly log: Logger;
}

/** The admin listener: metrics and health for everybody who can reach it, control for who has the token. */
export interface AdminServer {
  /** @throws ConfigError PORT_TAKEN */
  listen(host: string, port: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

const UNREADABLE_PATH = 'The path is not percent-encoded UTF-8, or a part of it is too long.';
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function createAdminServer(options: AdminServerOptions): AdminServer {
  const { source, bodyLimitBytes, log } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    // No hook runs for a path that the router cannot read.
    frameworkErrors: (_error, request, reply) =>
      refuse(markAnswer(request, reply), 400, 'BAD_REQUEST', UNREADABLE_PATH),
  });
  app.addHook('onRequest', async (request, reply) => {
    markAnswer(request, reply);
  });
  app.setErrorHandler(async (error, request, reply) => {
    if (error instanceof RequestError) {
      const { code, message, status, extensions } = error;
      return reply.code(status).send({ errors: [formatError(code, message, {}, extensions)] });
    }
    const { statusCode = 500 } = error as { statusCode?: number };
    if (statusCode === 413) {
      const message = `The body is larger than ${bodyLimitBytes} bytes (admin.bodyLimitBytes).`;
      return refuse(reply, statusCode, 'PAYLOAD_TOO_LARGE', message);
    }
    if (statusCode < 500) return refuse(reply, statusCode, 'BAD_REQUEST', (error as Error).message);
    log.error({ err: error, requestId: request.id }, 'a request to the admin listener failed');
    return refuse(reply, 500, 'INTERNAL_SERVER_ERROR');
  });
  app.setNotFoundHandler(async (_request, reply) =>
    refuse(reply, 404, 'NOT_FOUND', 'There is nothing here; see /metrics, /health/ready and /api/status.'),
  );
  addOpenRoutes(app, source);
  app.register(async (api) => addControlRoutes(api, options), { prefix: '/api' });

  let listening: Promise<unknown> = Promise.resolve();
  return {
    async listen(host, port) {
      try {
        listening = app.listen({ host, port });
        await listening;
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
          ? portTaken(port, 'admin listener')
          : error;
      }
      return { port: (app.server.address() as AddressInfo).port };
    },
    async close() {
      // Closed on its way to listening, Fastify would listen all the same.
      await listening.catch(() => {});
      await app.close();
    },
  };
}

function addOpenRoutes(app: FastifyInstance, source: AdminSource): void {
  app.get('/metrics', async (_request, reply) => reply.type(METRICS_TYPE).send(await source.metricsText()));
  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const reasons = source.notReadyReasons();
    const warnings = source.warnings();
    const also = warnings.length === 0 ? {} : { warnings };
    return reasons.length === 0
      ? { status: 'ready', ...also }
      : reply.code(503).send({ status: 'not ready', reasons, ...also });
  });
}

function addControlRoutes(
  api: FastifyInstance,
  { source, token, identifyPublisher = async () => undefined, routes }: AdminServerOptions,
): void {
  const isAdmin = createTokenCheck(token);
  const actors = new WeakMap<FastifyRequest, Actor>();
  const actorOf = (request: FastifyRequest): Actor => {
    const actor = actors.get(request);
    if (actor === undefined) throw new RequestError('UNAUTHENTICATED');
    return actor;
  };
  api.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers;
    const actor = isAdmin(authorization)
      ? ({ kind: 'admin' } as const)
      : await identifyPublisher(bearerToken(authorization) ?? '');
    if (actor !== undefined) {
      actors.set(request, actor);
      return;
    }
    reply.header('www-authenticate', 'Bearer');
    await refuse(reply, 401, 'UNAUTHENTICATED', 'The admin token is missing or wrong.');
  });
  api.get('/status', async (request) => {
    requireAdmin(actorOf(request));
    return source.status();
  });
  for (const { method, path, isOpenToPublishers, handle } of routes) {
    api.route({
      method,
      url: path,
      handler: async (request, reply) => {
        const actor = actorOf(request);
        if (!isOpenToPublishers) requireAdmin(actor);
        const { params, query, body } = request;
        const answer = await handle({
          parameters: params as Record<string, string>,
          query: query as Record<string, unknown>,
          body,
          actor,
          accept: request.headers.accept,
        });
        if (!(answer instanceof StreamedAnswer)) return answer;
        return reply.type(answer.contentType).send(answer.body);
      },
    });
  }
}

function markAnswer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.header('x-request-id', request.id).header('cache-control', 'no-store');
}

function refuse(reply: FastifyReply, status: number, code: Code, message?: string): FastifyReply {
  return reply.code(status).send({ errors: [formatError(code, message)] });
}
