/**
 * Merges equal calls that are under way at the same time into one, process-wide.
 *
 * The entry is gone as soon as the call settles: a failure is seen by those who waited for it and by nobody
 * later. Keep results in a cache of their own when they shall serve longer.
 */
export class SingleFlight<Key, Value> {
  readonly #inFlight = new Map<Key, Promise<Value>>();

  /** Whether a call with this key is under way. */
  has(key: Key): boolean {
    return this.#inFlight.has(key);
  }

  /** Calls `start` unless a call with this key is under way, and answers with that call's result. */
  run(key: Key, start: () => Promise<Value>): Promise<Value> {
    const running = this.#inFlight.get(key);
    if (running !== undefined) return running;
    const call = start().finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, call);
    return call;
  }
}
