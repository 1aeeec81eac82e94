import { Pool } from 'undici';
import { createReleases } from './releases.ts';

/** One request and what became of it. Times are milliseconds of `performance.now()`. */
export interface LoadedRequest {
  /** When it should have been sent: waiting for a busy machine counts. */
  readonly dueAtMs: number;
  readonly sentAtMs: number;
  readonly latencyMs: number;
  /** The release by which it was answered; undefined when it failed or is mixed. */
  readonly release: number | undefined;
  /** What is wrong with the answer. */
  readonly fault: string | undefined;
}

const CONNECTIONS = 64;
/** How often the open loop looks which requests are due. */
const TICK_MS = 1;

/** Sends the operation of `createReleases` and checks that each answer is of one version of the schema throughout. */
export class ReleaseLoad implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #bodies: readonly Buffer[];
  #next = 0;

  constructor(graphqlUrl: string, key: string) {
    this.#pool = new Pool(new URL(graphqlUrl).origin, { connections: CONNECTIONS });
    this.#headers = { 'content-type': 'application/json', 'x-api-key': key };
    const { request } = createReleases();
    this.#bodies = Array.from({ length: 500 }, (_, index) => Buffer.from(JSON.stringify(request(index))));
  }

  /** Keeps so many requests under way. @returns requests a second */
  async measureCapacity(concurrency: number, durationMs: number): Promise<number> {
    const startMs = performance.now();
    let done = 0;
    const client = async (): Promise<void> => {
      while (performance.now() - startMs < durationMs) {
        const { fault } = await this.send();
        if (fault !== undefined) throw new Error(fault);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, client));
    return done / ((performance.now() - startMs) / 1000);
  }

  /** Sends at a constant rate, however long answers take, until it is told to stop. */
  start(requestsPerSecond: number): { stop(): Promise<readonly LoadedRequest[]> } {
    const results: LoadedRequest[] = [];
    const underWay = new Set<Promise<void>>();
    const startMs = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = ((performance.now() - startMs) / 1000) * requestsPerSecond;
      for (; sent < due; sent += 1) {
        const work = this.send(startMs + (sent / requestsPerSecond) * 1000).then((result) => {
          results.push(result);
          underWay.delete(work);
        });
        underWay.add(work);
      }
    }, TICK_MS);
    return {
      async stop() {
        clearInterval(timer);
        await Promise.all(underWay);
        return results;
      },
    };
  }

  async send(dueAtMs = performance.now()): Promise<LoadedRequest> {
    const body = this.#bodies[this.#next++ % this.#bodies.length] as Buffer;
    const sentAtMs = performance.now();
    const finish = (release: number | undefined, fault: string | undefined): LoadedRequest => ({
      dueAtMs,
      sentAtMs,
      latencyMs: performance.now() - dueAtMs,
      release,
      fault,
    });
    try {
      const response = await this.#pool.request({
        path: '/graphql',
        method: 'POST',
        headers: this.#headers,
        body,
      });
      const text = await response.body.text();
      const { release, fault } = readAnswer(response.statusCode, text);
      return finish(release, fault);
    } catch (error) {
      return finish(undefined, String(error));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}

interface Answer {
  readonly data?: {
    readonly portfolio: {
      readonly holdings: { readonly nodes: readonly { readonly token: { readonly release: number } }[] };
    };
    readonly __type: { readonly description: string };
  };
  readonly errors?: unknown;
}

/** By which version an answer was planned, for each token, and by which it was described. */
function readAnswer(status: number, text: string): Pick<LoadedRequest, 'release' | 'fault'> {
  if (status !== 200) return { release: undefined, fault: `status ${status}: ${text.slice(0, 300)}` };
  const { data, errors } = JSON.parse(text) as Answer;
  if (data == null || errors !== undefined)
    return { release: undefined, fault: `errors: ${text.slice(0, 500)}` };
  const { nodes } = data.portfolio.holdings;
  const releases = new Set([Number(data.__type.description), ...nodes.map(({ token }) => token.release)]);
  const [release] = releases;
  if (releases.size !== 1 || nodes.length === 0)
    return { release: undefined, fault: `mixed: ${[...releases].join(', ')}` };
  return { release, fault: undefined };
}
