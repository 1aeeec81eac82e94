import { Cancellation, type CancelSignal } from '../lib/cancellation.ts';

/**
 * Work under way that several wait for.
 *
 * It is aborted when the last of them has left, and by nobody's deadline alone: a slow caller does not cut the others
 * off, and one who leaves does not take the answer from those who stay.
 */
export class SharedCall<Value> {
  readonly #controller = new Cancellation();
  /** Settles when the work is done, whoever waits. */
  readonly result: Promise<Value>;
  #waiting = 0;

  constructor(start: (signal: CancelSignal) => Promise<Value>) {
    this.result = start(this.#controller);
    // Everybody may have left by then.
    this.result.catch(() => {});
  }

  /** Whether the last waiter has left: the result is nothing to wait for any more. */
  get isAbandoned(): boolean {
    return this.#controller.aborted;
  }

  /** Waits for the result; rejects with the signal's reason when the waiter leaves first. */
  wait(signal: CancelSignal): Promise<Value> {
    if (signal.aborted) {
      if (this.#waiting === 0) this.#controller.abort(signal.reason);
      return Promise.reject(signal.reason);
    }
    this.#waiting += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const leave = () => {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#controller.abort(signal.reason);
      reject(signal.reason);
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

/** Calls under way by key: who asks for the same joins the one that is under way. */
export class InFlight<Value> {
  readonly #calls = new Map<string, SharedCall<Value>>();

  /**
   * Joins the call with this key, or starts one.
   *
   * @param start - does the work
   * @param onShared - told when a call was joined
   */
  share(
    key: string,
    signal: CancelSignal,
    start: (signal: CancelSignal) => Promise<Value>,
    onShared?: () => void,
  ): Promise<Value> {
    const running = this.#calls.get(key);
    if (running !== undefined && !running.isAbandoned) {
      onShared?.();
      return running.wait(signal);
    }
    const call = new SharedCall(start);
    this.#calls.set(key, call);
    const forget = () => {
      // One that was abandoned may have been replaced meanwhile.
      if (this.#calls.get(key) === call) this.#calls.delete(key);
    };
    call.result.then(forget, forget);
    return call.wait(signal);
  }
}
