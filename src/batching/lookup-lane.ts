import DataLoader from 'dataloader';
import { SubgraphError } from '../errors/errors.ts';
import { requestBody } from '../transport/fetch-call.ts';
import type { SubgraphResponse } from '../transport/subgraph-client.ts';
import { type Lookup, mergeLookups } from './merge-lookups.ts';
import { SharedCall } from './shared-call.ts';

/** Sends one request to the lane's subgraph, on behalf of the lane's audience. */
export type SendBody = (body: string, signal: AbortSignal) => Promise<SubgraphResponse>;

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
  /** Told of each request: how many look-ups it carries. */
  readonly onRequest?: (lookups: number) => void;
}

/** A look-up with the wish of whoever waits for it. */
interface Waiter {
  readonly lookup: Lookup;
  readonly signal: AbortSignal;
}

/**
 * Merges entity look-ups to one subgraph on behalf of one audience into few requests.
 *
 * DataLoader does the batching. Its schedule is what is special here: within one tick, as usual, so that the parallel
 * fetches of one step become one request; and while a request of the lane is under way, until it is back or the
 * window ends, so that look-ups of concurrent requests meet under load and nobody waits without it.
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

  /** Whether nothing is under way or waiting. */
  get isIdle(): boolean {
    return this.#underWay === 0 && this.#scheduled.length === 0;
  }

  /** @throws SubgraphError of the request that carried the look-up, after it was tried alone */
  load(lookup: Lookup, signal: AbortSignal): Promise<SubgraphResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<SubgraphResponse>();
    // Who leaves does not wait for the batch; the batch goes on for those who stay.
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    this.#loader
      .load({ lookup, signal })
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', leave));
    return promise;
  }

  #schedule(dispatch: () => void): void {
    // After the promises of this tick have run: the parallel fetches of one step are all in by then.
    process.nextTick(() => {
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
    await Promise.all(
      this.#chunks(waiters).map(async ({ from, chunk }) => {
        const answered = await this.#sendChunk(chunk);
        for (const [index, answer] of answered.entries()) answers[from + index] = answer;
      }),
    );
    return answers;
  }

  /** Cuts a batch where it would carry too many representations; a look-up is never cut. */
  #chunks(waiters: readonly Waiter[]): { from: number; chunk: Waiter[] }[] {
    const chunks: { from: number; chunk: Waiter[] }[] = [];
    let count = Number.POSITIVE_INFINITY;
    for (const [index, waiter] of waiters.entries()) {
      const { length } = waiter.lookup.representations;
      if (count + length > this.#options.maxRepresentations) {
        chunks.push({ from: index, chunk: [] });
        count = 0;
      }
      chunks.at(-1)?.chunk.push(waiter);
      count += length;
    }
    return chunks;
  }

  async #sendChunk(waiters: readonly Waiter[]): Promise<(SubgraphResponse | Error)[]> {
    const merged = waiters.length === 1 ? undefined : mergeLookups(waiters.map(({ lookup }) => lookup));
    if (merged === undefined) return Promise.all(waiters.map((waiter) => this.#sendAlone(waiter)));
    try {
      const response = await this.#send(merged.body, waiters);
      // A subgraph that refused the request as a whole may have done so for one look-up's sake.
      if (response.data == null) return await Promise.all(waiters.map((waiter) => this.#sendAlone(waiter)));
      return [...merged.split(response)];
    } catch (error) {
      if (!(error instanceof SubgraphError)) return waiters.map(() => error as Error);
      return Promise.all(waiters.map((waiter) => this.#sendAlone(waiter)));
    }
  }

  async #sendAlone(waiter: Waiter): Promise<SubgraphResponse | Error> {
    const { signal } = waiter;
    if (signal.aborted) return signal.reason instanceof Error ? signal.reason : new Error('left');
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
      const call = new SharedCall((signal) => this.#options.send(body, signal));
      const waiting = waiters.map(({ signal }) => call.wait(signal));
      // One who leaves is told by the signal of his own; the others get the answer.
      return await firstFulfilled(waiting);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0 && this.#scheduled.length > 0) this.#flush();
    }
  }
}

/** The answer that those who stayed got; the error of the last one when nobody did. */
async function firstFulfilled<Value>(promises: readonly Promise<Value>[]): Promise<Value> {
  try {
    return await Promise.any(promises);
  } catch (error) {
    throw (error as AggregateError).errors.at(-1);
  }
}
