import { randomUUID } from 'node:crypto';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Server as NetServer } from 'node:net';
import cors from '@fastify/cors';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import { formatError, RequestError } from '../errors/errors.ts';
import type { Gateway } from '../gateway.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { addGraphQLRoute } from './graphql-route.ts';
import { addHealthRoutes } from './health-routes.ts';
import { toRefusal } from './write-errors.ts';

/** The public listener of one worker. */
export interface PublicServer {
  /** Listens on an address, or on a bound TCP handle that another process handed over. */
  listen(
    target: { readonly host: string; readonly port: number } | { readonly handle: unknown },
  ): Promise<{ port: number }>;
  /**
   * Stops in order: readiness off, no new connections, `Connection: close` on every answer, idle sockets closed,
   * then the end when the last request has ended or `server.drainTimeoutMs` has passed.
   */
  drain(): Promise<void>;
}

export interface PublicServerOptions {
  readonly gateway: Gateway;
  readonly settings: GatewaySettings;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** How long idle sockets stay open while draining: a request may be on its way on one of them. */
const IDLE_GRACE_MS = 500;
const REQUEST_ID = /^[\w-]{8,64}$/;
/** Headers that a web app may read from answers. */
const EXPOSED_HEADERS = ['x-request-id', 'retry-after'];

export function createPublicServer({ gateway, settings, log, metrics }: PublicServerOptions): PublicServer {
  const { server } = settings;
  let isDraining = false;
  const app = Fastify({
    bodyLimit: server.bodyLimitBytes,
    requestTimeout: server.requestTimeoutMs,
    http: { maxHeaderSize: server.headerLimitBytes },
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // Requests that still come in on kept-alive sockets are served, with `Connection: close`.
    return503OnClosing: false,
    forceCloseConnections: false,
    logger: false,
    clientErrorHandler: answerClientError,
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  // On the way out: a request that came in before the drain ends its socket too.
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
  app.register(cors, {
    origin: server.cors.origins.includes('*') ? '*' : [...server.cors.origins],
    methods: ['GET', 'POST', 'OPTIONS'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: server.cors.maxAgeSeconds,
  });
  app.setErrorHandler(async (error, request, reply) =>
    answerError(error as FastifyError, request, reply, log, metrics),
  );
  app.setNotFoundHandler(async (request, reply) => answerNotFound(request, reply, metrics));
  app.addHook('onResponse', async (request, reply) => logRequest(request, reply, log));
  app.register(async (routes) => {
    addHealthRoutes(routes, () => (isDraining ? ['draining'] : []));
    addGraphQLRoute(routes, gateway, metrics);
  });

  return {
    async listen(target) {
      await app.ready();
      await new Promise<void>((resolve, reject) => {
        app.server.once('error', reject);
        const done = () => {
          app.server.off('error', reject);
          resolve();
        };
        if ('handle' in target) app.server.listen(target.handle, done);
        else app.server.listen(target.port, target.host, done);
      });
      return { port: (app.server.address() as AddressInfo).port };
    },
    async drain() {
      if (isDraining) return;
      isDraining = true;
      await endConnections(app, server.drainTimeoutMs);
      await app.close();
    },
  };
}

/** Ends the listener and its sockets without losing a request that is on its way. */
async function endConnections(app: FastifyInstance, drainTimeoutMs: number): Promise<void> {
  const server = app.server;
  if (!server.listening) return;
  // http.Server's own close() would close idle sockets at once, and with them requests that are just coming in.
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server as Server, () => resolve());
  });
  const idle = setTimeout(() => server.closeIdleConnections(), Math.min(IDLE_GRACE_MS, drainTimeoutMs));
  const all = setTimeout(() => server.closeAllConnections(), drainTimeoutMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(all);
}

/** Fastify's own refusals in our words. */
const FASTIFY_REFUSALS: Readonly<Record<string, () => RequestError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new RequestError('PAYLOAD_TOO_LARGE'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new RequestError('BAD_REQUEST', { message: 'The content type must be application/json.', status: 415 }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new RequestError('BAD_REQUEST', { message: 'The body is empty.' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new RequestError('BAD_REQUEST', { message: 'The content length is wrong.' }),
};

async function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
  metrics: Metrics,
): Promise<FastifyReply> {
  const known = FASTIFY_REFUSALS[error.code]?.() ?? error;
  const mediaType = request.responseMediaType ?? 'application/json';
  const refusal = toRefusal(known, mediaType);
  if (refusal.status >= 500 && refusal.code === 'INTERNAL_SERVER_ERROR') {
    log.error({ err: error, requestId: request.id }, 'a request failed');
  }
  request.refusedWith = refusal.code;
  metrics.requests.inc({ outcome: refusal.code });
  if (refusal.status === 405) reply.header('allow', 'POST');
  return reply
    .code(refusal.status)
    .header('content-type', `${mediaType}; charset=utf-8`)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(refusal.body));
}

async function answerNotFound(
  request: FastifyRequest,
  reply: FastifyReply,
  metrics: Metrics,
): Promise<FastifyReply> {
  request.refusedWith = 'BAD_REQUEST';
  metrics.requests.inc({ outcome: 'BAD_REQUEST' });
  const isGraphQL = request.url.split('?', 1)[0] === '/graphql';
  if (isGraphQL) reply.header('allow', 'GET, POST');
  const message = isGraphQL
    ? 'The method must be GET or POST.'
    : 'There is nothing here; GraphQL is at /graphql.';
  return reply
    .code(isGraphQL ? 405 : 404)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [formatError('BAD_REQUEST', message)] }));
}

/** What Node could not read as HTTP at all: answered by hand, since there is no request. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const isTimeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = isTooLarge
    ? '431 Request Header Fields Too Large'
    : isTimeout
      ? '408 Request Timeout'
      : '400 Bad Request';
  const message = isTooLarge
    ? 'The headers are too large.'
    : isTimeout
      ? 'The request took too long.'
      : 'The request is not valid HTTP.';
  const body = JSON.stringify({
    errors: [formatError(isTooLarge ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST', message)],
  });
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'access-control-allow-origin: *',
      `x-request-id: ${randomUUID()}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the refusal, for the log. */
    refusedWith?: string;
  }
}

/** One line a request. The path is logged without its query string, which may hold a document and its variables. */
function logRequest(request: FastifyRequest, reply: FastifyReply, log: Logger): void {
  const { outcome } = request;
  log[reply.statusCode >= 500 ? 'error' : 'info'](
    {
      requestId: request.id,
      method: request.method,
      path: request.url.split('?', 1)[0],
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(request.refusedWith === undefined ? {} : { code: request.refusedWith }),
      ...(outcome === undefined
        ? {}
        : {
            operation: outcome.operation.name,
            type: outcome.operation.type,
            tier: outcome.caller.tier,
            keyId: outcome.caller.keyId,
            errors: outcome.result.errors?.length,
          }),
    },
    'request',
  );
}
