/** Questions to another process that are answered by a message with the number of the question. */
export class Questions<Answer> {
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();
  readonly #timeoutMs: number;
  #next = 1;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** @returns the answer; undefined when there is none in time, or never will be */
  async ask(send: (requestId: number) => void): Promise<Answer | undefined> {
    const requestId = this.#next++;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    this.#waiting.set(requestId, resolve);
    const timer = setTimeout(resolve, this.#timeoutMs, undefined);
    send(requestId);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(requestId);
    }
  }

  answer(requestId: number, answer: Answer): void {
    this.#waiting.get(requestId)?.(answer);
  }

  /** Nobody is left who could answer. */
  giveUp(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
  }
}
