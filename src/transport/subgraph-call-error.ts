import type { Code } from '../errors/codes.ts';
import { SubgraphError } from '../errors/errors.ts';

export interface CallErrorOptions {
  readonly message: string;
  readonly cause?: unknown;
  /** Whether a byte of an answer had come: if so, the call is not repeated. */
  readonly isAnswered: boolean;
  /**
   * Whether the failure speaks against the health of the subgraph: it is away, late, or answers 5xx. An answer that
   * is too large or malformed does not: whoever finds an operation that makes one must not cut off all the others.
   */
  readonly isFault: boolean;
}

/** A call to one URL of a subgraph that failed, with what retry, breaker and load balancing go by. */
export class SubgraphCallError extends SubgraphError {
  /** No property of its own: an address may hold a password, and whatever is logged shows the properties of an error. */
  readonly #url: string;
  readonly isAnswered: boolean;
  readonly isFault: boolean;
  constructor(code: Code, subgraph: string, url: string, options: CallErrorOptions) {
    super(code, subgraph, options);
    this.#url = url;
    this.isAnswered = options.isAnswered;
    this.isFault = options.isFault;
  }
  /** The URL that was called. */
  get url(): string {
    return this.#url;
  }
}
