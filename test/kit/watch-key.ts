import { request } from 'undici';

/** How a key did at a gateway while it was watched. Times are of `performance.now()`. */
export interface WatchedKey {
  /** When the last request began that was let in. */
  readonly lastSuccessMs: number;
  readonly successes: number;
  readonly refusals: number;
  /** The slowest answer: what a starved machine takes longer for, it also takes longer for to revoke. */
  readonly slowestMs: number;
}

/** Requests under way at once, each on a socket of its own, so that every worker gets some. */
const LANES = 4;
const PAUSE_MS = 8;
/** Answers in a row, over all lanes, after which a refusal is taken to be for good. */
const REFUSALS_IN_A_ROW = 60;

/** A key under watch. */
export interface KeyWatch {
  /** Settles when it was let in for the first time. */
  readonly letIn: Promise<void>;
  /** Settles when it is refused for good. */
  readonly refused: Promise<WatchedKey>;
}

/** Asks with a key again and again, until it was let in, and then until it is refused for good. */
export function watchKey(url: string, key: string): KeyWatch {
  const { promise: letIn, resolve: noteLetIn } = Promise.withResolvers<void>();
  const watched = { lastSuccessMs: Number.NaN, successes: 0, refusals: 0, slowestMs: 0 };
  let inARow = 0;
  const isOver = () => watched.successes > 0 && inARow >= REFUSALS_IN_A_ROW;
  const lane = async (): Promise<void> => {
    while (!isOver()) {
      const beganMs = performance.now();
      const status = await askWith(url, key);
      watched.slowestMs = Math.max(watched.slowestMs, performance.now() - beganMs);
      if (status === 200) {
        watched.successes += 1;
        noteLetIn();
        watched.lastSuccessMs = Math.max(beganMs, watched.lastSuccessMs || 0);
        inARow = 0;
      } else if (status === 401) {
        watched.refusals += 1;
        if (watched.successes > 0) inARow += 1;
      } else {
        throw new Error(`the gateway answered ${status}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  return { letIn, refused: lanes.then(() => watched) };
}

/** Sends a small query on a socket of its own. @returns the status */
export async function askWith(url: string, key: string): Promise<number> {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, connection: 'close' },
    body: '{"query":"{ hello }"}',
  });
  await body.dump();
  return statusCode;
}
