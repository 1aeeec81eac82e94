import { Cancellation, type CancelSignal } from '../lib/cancellation.ts';
import { DeadlineExceeded } from '../transport/deadline.ts';

/**
 * Work that several may wait for.
 *
 * @param signal - aborted when the last of them has left
 * @param offer - to be given what makes a value of the work so far, for whose time ends before the work does
 */
export type SharedWork<Value> = (
  signal: CancelSignal,
  offer: (valueSoFar: () => Value) => void,
) => Promise<Value>;

/**
 * Work under way that several wait for.
 *
 * It is aborted when the last of them has left, and by nobody's deadline alone: a slow caller does not cut the others
 * off, one whose time is over takes what there is so far, and one who leaves does not take the answer from those who
 * stay.
 */
export class SharedCall<Value> {
  readonly startedMs: number;
  readonly #controller = new Cancellation();
  /** Settles when the work is done, whoever waits. */
  readonly result: Promise<Value>;
  #waiting = 0;
  #valueSoFar: (() => Value) | undefined;

  constructor(start: SharedWork<Value>, nowMs = performance.now()) {
    this.startedMs = nowMs;
    this.result = start(this.#controller, (valueSoFar) => {
      this.#valueSoFar = onceATurn(valueSoFar);
    });
    // Everybody may have left by then.
    this.result.catch(() => {});
  }

  /** Whether the last waiter has left: the result is nothing to wait for any more. */
  get isAbandoned(): boolean {
    return this.#controller.aborted;
  }

  /**
   * Waits for the result. Whose deadline ends first gets the value so far, if the work offers one; the last one to go
   * ends the work by it, and gets what it comes to.
   *
   * @throws the signal's reason when the waiter leaves first
   */
  wait(signal: CancelSignal): Promise<Value> {
    if (signal.aborted) {
      if (this.#waiting === 0) this.#controller.abort(signal.reason);
      return Promise.reject(signal.reason);
    }
    this.#waiting += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const leave = () => {
      this.#waiting -= 1;
      const isLast = this.#waiting === 0;
      if (isLast) this.#controller.abort(signal.reason);
      if (this.#valueSoFar === undefined || !(signal.reason instanceof DeadlineExceeded))
        reject(signal.reason);
      else if (!isLast) settle(this.#valueSoFar, resolve, reject);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.result.then(
      (value) => {
        signal.removeEventListener('abort', leave);
        resolve(value);
      },
      (error) => {
        signal.removeEventListener('abort', leave);
        reject(error);
      },
    );
    return promise;
  }
}

function settle<Value>(
  make: () => Value,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(make());
  } catch (error) {
    reject(error);
  }
}

/** Makes a value once for all who ask in one turn of the event loop: hundreds of deadlines may end in it. */
function onceATurn<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    if (made === undefined) {
      made = { value: make() };
      setImmediate(() => {
        made = undefined;
      });
    }
    return made.value;
  };
}

/** Calls under way by key: who asks for the same joins the one that is under way. */
export class InFlight<Value> {
  readonly #calls = new Map<string, SharedCall<Value>>();
  readonly #joinableMs: number;

  /** @param joinableMs - a call that is older is not joined any more, so that joining does not keep it alive for ever */
  constructor({ joinableMs = Number.POSITIVE_INFINITY }: { readonly joinableMs?: number } = {}) {
    this.#joinableMs = joinableMs;
  }

  /**
   * Joins the call with this key, or starts one.
   *
   * @param start - does the work
   * @param onShared - told when a call was joined
   */
  share(
    key: string,
    signal: CancelSignal,
    start: SharedWork<Value>,
    onShared?: () => void,
    nowMs = performance.now(),
  ): Promise<Value> {
    const running = this.#calls.get(key);
    if (running !== undefined && !running.isAbandoned && nowMs - running.startedMs < this.#joinableMs) {
      onShared?.();
      return running.wait(signal);
    }
    const call = new SharedCall(start, nowMs);
    this.#calls.set(key, call);
    const forget = () => {
      // One that was abandoned or too old may have been replaced meanwhile.
      if (this.#calls.get(key) === call) this.#calls.delete(key);
    };
    call.result.then(forget, forget);
    return call.wait(signal);
  }
}
