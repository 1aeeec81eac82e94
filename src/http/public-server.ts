import { randomUUID } from 'node:crypto';
import type { AddressInfo, Server } from 'node:net';
import { Server as NetServer } from 'node:net';
import cors from '@fastify/cors';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Gateway } from '../gateway.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { Refusals } from './answer-refusals.ts';
import { EXPOSED_HEADERS } from './cors-headers.ts';
import { addGraphQLRoute } from './graphql-route.ts';
import { addHealthRoutes } from './health-routes.ts';
import { logRequest } from './log-request.ts';

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
/** How often sockets are looked at for requests that take too long to come in; Node's own interval is 30 seconds. */
const SLOW_REQUEST_CHECK_MS = 1_000;
const REQUEST_ID = /^[\w-]{8,64}$/;

export function createPublicServer(options: PublicServerOptions): PublicServer {
  let isDraining = false;
  const app = createApp(options, () => isDraining);
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
      await endConnections(app, options.settings.server.drainTimeoutMs);
      await app.close();
    },
  };
}

/** Puts routes, hooks and refusals together. */
function createApp(
  { gateway, settings: { server }, log, metrics }: PublicServerOptions,
  isDraining: () => boolean,
): FastifyInstance {
  const { origins, maxAgeSeconds } = server.cors;
  const refusals = new Refusals({ origins, log, metrics });
  const app = createFastify(server, refusals);

  app.server.on('checkExpectation', (request, response) => refusals.answerExpectation(request, response));
  // Hooks that call back: a promise for each of them costs a request more than what they do.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  // On the way out: a request that came in before the drain ends its socket too.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isDraining()) reply.header('connection', 'close');
    done(null, payload);
  });
  app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST', 'OPTIONS'],
    exposedHeaders: [...EXPOSED_HEADERS],
    maxAge: maxAgeSeconds,
    // An OPTIONS that is no preflight is told the same as one that is.
    strictPreflight: false,
  });
  app.setErrorHandler(async (error, request, reply) =>
    refusals.answerError(error as FastifyError, request, reply),
  );
  app.setNotFoundHandler(async (request, reply) => refusals.answerNotFound(request, reply));
  app.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply, log);
    done();
  });
  app.register(async (routes) => {
    addHealthRoutes(routes, () => (isDraining() ? ['draining'] : []));
    addGraphQLRoute(routes, { gateway, metrics, log });
  });
  return app;
}

function createFastify(server: GatewaySettings['server'], refusals: Refusals): FastifyInstance {
  return Fastify({
    bodyLimit: server.bodyLimitBytes,
    trustProxy: server.trustedProxies.length === 0 ? false : [...server.trustedProxies],
    requestTimeout: server.requestTimeoutMs,
    http: {
      maxHeaderSize: server.headerLimitBytes,
      connectionsCheckingInterval: Math.min(SLOW_REQUEST_CHECK_MS, server.requestTimeoutMs),
    },
    // Percent-encoded, each character of the longest id of a document takes nine; Fastify's own limit is 100.
    routerOptions: { maxParamLength: 9 * 256 },
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // A HEAD would run a whole operation for nobody.
    exposeHeadRoutes: false,
    // Requests that still come in on kept-alive sockets are served, with `Connection: close`.
    return503OnClosing: false,
    forceCloseConnections: false,
    logger: false,
    frameworkErrors: (_error, request, reply) => refusals.answerBadUrl(request, reply),
    clientErrorHandler: (error, socket) => refusals.answerClientError(error, socket),
  });
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
