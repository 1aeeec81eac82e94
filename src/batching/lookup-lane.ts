import DataLoader from 'dataloader';
import { SubgraphError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import { requestBody } from '../transport/fetch-call.ts';
import { SubgraphCallError } from '../transport/subgraph-call-error.ts';
import type { SubgraphResponse } from '../transport/subgraph-client.ts';
import { batchLookups } from './batch-lookups.ts';
import { type Lookup, mergeLookups } from './merge-lookups.ts';
import { SharedCall } from './shared-call.ts';

/** Sends one request to the lane's subgraph, on behalf of the lane's audience. */
export type SendBody = (body: string, signal: CancelSignal) => Promise<SubgraphResponse>;

export interface LookupLaneOptions {
  readonly subgraph: string;
  readonly send: SendBody;
  /** The most representations of one request. */
  readonly maxRepresentations: number;
  /**
   * How long look-ups may wait for company, in milliseconds. They wait only while another request of the lane is under
   * way, and go as soon as it is back: an idle lane adds nothing. 0 never waits.
   */
  readonly windowMs: number;
  /** The signal of whoever the lane is for; absent when several meet in it, each with a signal of his own. */
  readonly signal?: CancelSignal;
  /** Told of each request: how many look-ups it carries. */
  readonly onRequest?: (lookups: number) => void;
  /** Whether so many look-ups may be tried singly after the subgraph was late or away; takes them from its budget. */
  readonly takeRetries?: (count: number) => boolean;
}

/** A look-up with the wish of whoever waits for it. */
interface Waiter {
  readonly lookup: Lookup;
  readonly signal: CancelSignal;
}

/**
 * Merges entity look-ups to one subgraph on behalf of one audience into few requests.
 *
 * DataLoader does the batching. Its schedule is what is special here: within one turn of the event loop, so that the
 * parallel fetches of one step become one request, and those of other branches whose answers came in the same turn;
 * and while a request of the lane is under way, until it is back or the window ends, so that look-ups of concurrent
 * requests meet under load and nobody waits without it.
 */
export class LookupLane {
  readonly #options: LookupLaneOptions;
  readonly #loader: DataLoader<Waiter, SubgraphResponse>;
  #underWay = 0;
  #scheduled: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LookupLaneOptions) {
    this.#options = options;
    this.#loader = new DataLoader((waiters) => this.#sendAll(waiters), {
      cache: false,
      batchScheduleFn: (dispatch) => this.#schedule(dispatch),
    });
  }

  /** @throws SubgraphError of the request that carried the look-up, after it was tried alone */
  load(lookup: Lookup, signal: CancelSignal): Promise<SubgraphResponse> {
    if (signal.aborted) return Promise.reject(signal.reason);
    // The request itself hears that its only caller leaves.
    if (this.#options.signal !== undefined) return this.#loader.load({ lookup, signal });
    const { promise, resolve, reject } = Promise.withResolvers<SubgraphResponse>();
    // Who leaves does not wait for the batch; the batch goes on for those who stay.
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    this.#loader
      .load({ lookup, signal })
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', leave));
    return promise;
  }

  #schedule(dispatch: () => void): void {
    // After all answers that have come by now were read: the parallel fetches of one step are all in by then, and
    // under load those of other branches and requests as well.
    setImmediate(() => {
      this.#scheduled.push(dispatch);
      if (this.#underWay === 0 || this.#options.windowMs === 0) this.#flush();
      else this.#timer ??= setTimeout(() => this.#flush(), this.#options.windowMs);
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const dispatches = this.#scheduled;
    this.#scheduled = [];
    for (const dispatch of dispatches) dispatch();
  }

  async #sendAll(waiters: readonly Waiter[]): Promise<(SubgraphResponse | Error)[]> {
    const answers: (SubgraphResponse | Error)[] = [];
    // Who left while it waited has been told, and is not asked for.
    const staying = [...waiters.keys()].filter((index) => waiters[index]?.signal.aborted === false);
    const lookups = staying.map((index) => (waiters[index] as Waiter).lookup);
    await Promise.all(
      batchLookups(lookups, this.#options.maxRepresentations).map(async (batch) => {
        const indexes = batch.map((position) => staying[position] as number);
        const answered = await this.#sendBatch(indexes.map((index) => waiters[index] as Waiter));
        indexes.forEach((index, position) => {
          answers[index] = answered[position] as SubgraphResponse | Error;
        });
      }),
    );
    for (const [index, { signal }] of waiters.entries()) answers[index] ??= leftError(signal);
    return answers;
  }

  async #sendBatch(waiters: readonly Waiter[]): Promise<readonly (SubgraphResponse | Error)[]> {
    const alone = () => Promise.all(waiters.map((waiter) => this.#sendAlone(waiter)));
    if (waiters.length === 1) return alone();
    const merged = mergeLookups(waiters.map(({ lookup }) => lookup));
    try {
      const response = await this.#send(merged.body, waiters);
      // A subgraph that refused the request as a whole may have done so for one look-up's sake.
      return response.data == null ? await alone() : merged.split(response);
    } catch (error) {
      return this.#mayTryAlone(error, waiters) ? alone() : waiters.map(() => error as Error);
    }
  }

  /**
   * Whether look-ups whose request failed as a whole are worth a try of their own: any of them may be to blame.
   *
   * A subgraph that answered, however badly, gets no more calls from this than it would have got without merging. One
   * that is late, away or overloaded may be so for all of them: its retry budget decides. And a call that was never
   * made (the breaker is open, the queue is full) is not made singly either.
   */
  #mayTryAlone(error: unknown, waiters: readonly Waiter[]): boolean {
    if (!(error instanceof SubgraphError)) return false;
    if (error.code !== 'SUBGRAPH_TIMEOUT' && error.code !== 'SUBGRAPH_UNAVAILABLE') return true;
    if (!(error instanceof SubgraphCallError)) return false;
    const staying = waiters.filter(({ signal }) => !signal.aborted).length;
    return staying > 0 && this.#options.takeRetries?.(staying) === true;
  }

  async #sendAlone(waiter: Waiter): Promise<SubgraphResponse | Error> {
    if (waiter.signal.aborted) return leftError(waiter.signal);
    try {
      return await this.#send(requestBody(waiter.lookup), [waiter]);
    } catch (error) {
      return error as Error;
    }
  }

  /** Sends a request that lives as long as somebody waits for it. */
  async #send(body: string, waiters: readonly Waiter[]): Promise<SubgraphResponse> {
    this.#underWay += 1;
    this.#options.onRequest?.(waiters.length);
    try {
      const { send, signal } = this.#options;
      if (signal !== undefined) return await send(body, signal);
      const call = new SharedCall((shared) => send(body, shared));
      // Who leaves is told by his own signal; here each only keeps the request alive.
      for (const waiter of waiters) call.wait(waiter.signal).catch(() => {});
      return await call.result;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0 && this.#scheduled.length > 0) this.#flush();
    }
  }
}

/** For DataLoader, which wants an answer for those who left as well; they do not listen any more. */
function leftError({ reason }: CancelSignal): Error {
  return reason instanceof Error ? reason : new Error('left', { cause: reason });
}
