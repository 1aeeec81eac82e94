import type { Socket } from 'node:net';

const NEWLINE = 0x0a;

/** Writes one JSON text a line. A socket that is closed takes nothing, and says so elsewhere. */
export function writeJsonLine(socket: Socket, value: unknown): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(value)}\n`);
}

/**
 * Calls back with each line that comes in, parsed. A line that is no JSON destroys the socket with the reason.
 *
 * @returns stops listening
 */
export function readJsonLines(socket: Socket, onLine: (value: unknown) => void): () => void {
  /** Pieces of a line that has not ended: joined once, since a snapshot comes in many of them. */
  let pieces: Buffer[] = [];
  const listen = (chunk: Buffer): void => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      const text = Buffer.concat(pieces).toString();
      pieces = [];
      start = end + 1;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        socket.destroy(error as Error);
        return;
      }
      onLine(value);
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  };
  socket.on('data', listen);
  return () => socket.off('data', listen);
}

/** Keeps lines until somebody reads them: one after the other, later all as they come. */
export class LineQueue {
  readonly #lines: unknown[] = [];
  #waiting: PromiseWithResolvers<unknown> | undefined;
  #onLine: ((line: unknown) => void) | undefined;

  constructor(socket: Socket) {
    let failure = new Error('the connection is closed');
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => this.#waiting?.reject(failure));
    readJsonLines(socket, (line) => {
      if (this.#onLine !== undefined) this.#onLine(line);
      else if (this.#waiting === undefined) this.#lines.push(line);
      else {
        this.#waiting.resolve(line);
        this.#waiting = undefined;
      }
    });
  }

  /** The next line. @throws the reason when the connection closes first */
  async next(): Promise<unknown> {
    if (this.#lines.length > 0) return this.#lines.shift();
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Hands over what has come, and all that comes. */
  follow(onLine: (line: unknown) => void): void {
    this.#onLine = onLine;
    for (const line of this.#lines.splice(0)) onLine(line);
  }
}
