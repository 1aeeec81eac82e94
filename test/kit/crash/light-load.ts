import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';

/** A request that failed. Times are milliseconds of `performance.now()`. */
export interface LostRequest {
  readonly sentAtMs: number;
  readonly failedAtMs: number;
  readonly reason: string;
}

const CONNECTIONS = 16;
const TICK_MS = 2;
const BODY = '{"query":"{ hello }"}';
const EXPECTED = '{"data":{"hello":"world"}}';

/** Asks a platform for `hello`, and takes note of every request that is not answered as it should be. */
export class LightLoad implements AsyncDisposable {
  readonly lost: LostRequest[] = [];
  readonly #pool: Pool;
  #sent = 0;
  #isStopped = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(graphqlUrl: string) {
    this.#pool = new Pool(new URL(graphqlUrl).origin, { connections: CONNECTIONS });
  }

  get sent(): number {
    return this.#sent;
  }

  /** Sends at a constant rate until it is stopped. */
  atRate(requestsPerSecond: number): void {
    const startMs = performance.now();
    const before = this.#sent;
    const sending: Promise<void>[] = [];
    this.#running = (async () => {
      while (!this.#isStopped) {
        const due = ((performance.now() - startMs) / 1000) * requestsPerSecond;
        while (this.#sent - before < due) sending.push(this.#send());
        await pause(TICK_MS);
      }
      await Promise.all(sending);
    })();
  }

  /** Keeps so many requests under way until it is stopped. */
  closedLoop(concurrency: number): void {
    const client = async (): Promise<void> => {
      while (!this.#isStopped) await this.#send();
    };
    this.#running = Promise.all(Array.from({ length: concurrency }, client));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #send(): Promise<void> {
    const sentAtMs = performance.now();
    const lose = (reason: string): number =>
      this.lost.push({ sentAtMs, failedAtMs: performance.now(), reason });
    this.#sent += 1;
    try {
      const { statusCode, body } = await this.#pool.request({
        path: '/graphql',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: BODY,
      });
      const text = await body.text();
      if (statusCode !== 200 || text !== EXPECTED) lose(`${statusCode} ${text.slice(0, 200)}`);
    } catch (error) {
      lose(String(error));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#pool.destroy();
  }
}
