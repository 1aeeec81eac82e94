import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { CancelSignal } from '../lib/cancellation.ts';
import { createLimitedBody, type LimitedBody } from './limited-body.ts';

/** One POST. */
export interface HttpPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether it may be sent again, and share a socket with others that wait for their answers. */
  readonly isRepeatable: boolean;
  /** The largest body of an answer, in bytes after inflation. */
  readonly limitBytes: number;
  readonly signal: CancelSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** An exchange without a whole answer; `cause` is the signal's reason, an error of the body or of undici. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  /** Whether a byte of an answer had come. */
  readonly isAnswered: boolean;
  constructor(cause: Error, isAnswered: boolean) {
    super(cause.message, { cause });
    this.isAnswered = isAnswered;
  }
}

/**
 * Sends a POST and gathers the answer. Works on undici's dispatch itself: its `request` builds a stream and a signal
 * chain for every call, which cost more than the rest of the exchange together.
 *
 * @throws ExchangeError
 */
export function exchange(dispatcher: Dispatcher, post: HttpPost): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    new Exchange(post, resolve, reject).start(dispatcher);
  });
}

/** An exchange under way; undici calls its `on…` methods. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #post: HttpPost;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: ExchangeError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: LimitedBody | undefined;
  #isAnswered = false;
  #isSettled = false;

  constructor(post: HttpPost, resolve: (answer: HttpAnswer) => void, reject: (error: ExchangeError) => void) {
    this.#post = post;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(dispatcher: Dispatcher): void {
    const { path, headers, body, isRepeatable, signal } = this.#post;
    if (signal.aborted) {
      this.#fail(signal.reason as Error);
      return;
    }
    signal.addEventListener('abort', this.#onAbort, { once: true });
    dispatcher.dispatch(
      {
        method: 'POST',
        path,
        headers,
        body,
        idempotent: isRepeatable,
        blocking: !isRepeatable,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Nobody waits any more: it was given up while it stood in the queue.
    if (this.#isSettled) controller.abort(new Error('given up before it was sent'));
  }

  onResponseStarted(): void {
    this.#isAnswered = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#isAnswered = true;
    // 1xx: the answer is still to come.
    if (status < 200) return;
    const contentType = headers['content-type'] ?? '';
    try {
      this.#body = createLimitedBody({
        encoding: single(headers['content-encoding']),
        limitBytes: this.#post.limitBytes,
        onDrain: () => controller.resume(),
        onText: (text) => this.#succeed({ status, contentType, text }),
        onError: (error) => this.#fail(error),
      });
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body?.write(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    this.#body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  readonly #onAbort = () => this.#fail(this.#post.signal.reason as Error);

  #succeed(answer: HttpAnswer): void {
    if (!this.#settle()) return;
    this.#resolve(answer);
  }

  #fail(cause: Error): void {
    if (!this.#settle()) return;
    this.#body?.destroy();
    this.#reject(new ExchangeError(cause, this.#isAnswered));
    this.#controller?.abort(cause);
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#post.signal.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
