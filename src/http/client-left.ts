import type { FastifyReply } from 'fastify';

/**
 * Whether the connection ended before the answer was out: the client closed it, or, at the end of a drain, the server.
 */
export function hasClientLeft({ raw }: FastifyReply): boolean {
  return raw.destroyed && !raw.writableFinished;
}

/** A signal that is aborted when the client leaves. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (hasClientLeft(reply)) controller.abort();
  });
  return controller.signal;
}
