import type { FastifyReply } from 'fastify';
import { Cancellation, type CancelSignal } from '../lib/cancellation.ts';

/**
 * Whether the connection ended before the answer was out: the client closed it, or, at the end of a drain, the server.
 */
export function hasClientLeft({ raw }: FastifyReply): boolean {
  return raw.destroyed && !raw.writableFinished;
}

/** A signal that is aborted when the client leaves. */
export function clientSignal(reply: FastifyReply): CancelSignal {
  const controller = new Cancellation();
  reply.raw.once('close', () => {
    if (hasClientLeft(reply)) controller.abort(new Error('the client left'));
  });
  return controller;
}
