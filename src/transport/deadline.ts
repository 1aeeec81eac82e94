import type { Code } from '../errors/codes.ts';
import { SubgraphError } from '../errors/errors.ts';
import { Cancellation, type CancelSignal } from '../lib/cancellation.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** Whose time ran out: that of one call to a subgraph, or that of the whole operation. */
export type DeadlineScope = 'call' | 'operation';

/** The reason of a signal that was aborted because time ran out, not because somebody left. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  readonly scope: DeadlineScope;
  constructor(scope: DeadlineScope, timeoutMs: number) {
    super(`the ${scope} took longer than ${timeoutMs} ms`);
    this.scope = scope;
  }
}

/** A signal with a deadline. Clear it when the work is done: until then a timer and a listener are held. */
export interface Deadline {
  readonly signal: CancelSignal;
  clear(): void;
}

/**
 * Starts the time of a call or an operation.
 *
 * @param parent - aborts the new signal as well, with its own reason
 * @returns a signal that is aborted with `DeadlineExceeded` after `timeoutMs` milliseconds
 */
export function startDeadline(scope: DeadlineScope, timeoutMs: number, parent: CancelSignal): Deadline {
  const controller = new Cancellation();
  const leave = () => controller.abort(parent.reason);
  if (parent.aborted) {
    leave();
    return { signal: controller, clear: () => {} };
  }
  const timer = setTimeout(() => controller.abort(new DeadlineExceeded(scope, timeoutMs)), timeoutMs);
  parent.addEventListener('abort', leave, { once: true });
  return {
    signal: controller,
    clear() {
      clearTimeout(timer);
      parent.removeEventListener('abort', leave);
    },
  };
}

/** Whether a signal was aborted because nobody waits any more, not because time ran out. */
export function hasCallerLeft({ aborted, reason }: CancelSignal): boolean {
  return aborted && !(reason instanceof DeadlineExceeded);
}

/** What an aborted signal means for a call: SUBGRAPH_TIMEOUT when time ran out, else that its caller left. */
export function abortCode({ reason }: CancelSignal): Code {
  return reason instanceof DeadlineExceeded ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE';
}

/** What an aborted signal means for a call that was not sent. */
export function abortError(signal: CancelSignal, subgraph: string): SubgraphError {
  return new SubgraphError(abortCode(signal), subgraph, {
    message: 'ended before it was sent',
    cause: signal.reason,
  });
}

/** Gives each call a deadline, over everything that the wrapped client does for it. */
export function withDeadline(client: SubgraphClient, timeoutMs: number): SubgraphClient {
  return {
    ...client,
    async send(request) {
      const deadline = startDeadline('call', timeoutMs, request.signal);
      try {
        return await client.send({ ...request, signal: deadline.signal });
      } finally {
        deadline.clear();
      }
    },
  };
}
