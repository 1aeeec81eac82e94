import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../observability/logger.ts';
import type { AnsweredBatch } from './answer-batch.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the refusal, for the log. */
    refusedWith?: string;
    /** Set once a batch was answered, for the log. */
    batch?: AnsweredBatch;
  }
}

/** One line for a request that was answered, also where it held several operations. */
export function logRequest(request: FastifyRequest, reply: FastifyReply, log: Logger): void {
  const { outcome } = request;
  const level = reply.statusCode >= 500 ? 'error' : 'info';
  if (!log.isLevelEnabled(level)) return;
  log[level](
    {
      ...requestFacts(request, reply),
      status: reply.statusCode,
      ...(request.refusedWith === undefined ? {} : { code: request.refusedWith }),
      ...(request.batch === undefined
        ? {}
        : {
            operations: request.batch.operations,
            refused: request.batch.refused.length === 0 ? undefined : request.batch.refused,
          }),
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

/** One line for a request whose client left: there is no status, since nothing was answered. */
export function logClientLeft(request: FastifyRequest, reply: FastifyReply, log: Logger): void {
  log.info({ ...requestFacts(request, reply), code: 'CLIENT_LEFT' }, 'the client left');
}

/** The path is that of the route: an address as it came may hold whatever a client took for one, keys too. */
function requestFacts(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    path: request.routeOptions.url ?? 'unknown',
    ms: Math.round(reply.elapsedTime * 10) / 10,
  };
}
