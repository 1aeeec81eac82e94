import type { GraphQLSchema } from 'graphql';
import type { PreparedOperation, RequestContext } from '../context.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import type { RawResult } from './shape-result.ts';

/** Takes what makes the result of a run as it is so far; a later offer replaces it. */
export type OfferResult = (resultSoFar: () => RawResult) => void;

/** Runs operations of one supergraph. */
export interface Executor {
  /** What clients see: the supergraph without its internal parts. */
  readonly apiSchema: GraphQLSchema;
  /**
   * Plans and runs an operation that is already validated.
   *
   * @param offer - given, while it runs, what is to be told to whoever can wait no longer
   * @throws RequestError when it cannot be planned; failures of fetches are errors in the result
   */
  execute(operation: PreparedOperation, context: RequestContext, offer: OfferResult): Promise<RawResult>;
  /**
   * Plans and compiles an operation ahead of its first request, for each combination of its conditions. An engine that
   * cannot do so leaves it to that request.
   *
   * @throws RequestError when it cannot be planned; the signal's reason
   */
  compile(operation: PreparedOperation, signal: CancelSignal): Promise<void>;
  /**
   * Loads what the first operations need and a start need not wait for.
   *
   * @param operations - planned ahead one by one, as far as a moment goes; what cannot be planned is left to its first request
   * @throws ConfigError SUPERGRAPH_INVALID when the supergraph cannot be planned
   */
  warmUp(operations?: Iterable<PreparedOperation>): Promise<void>;
  close(): Promise<void>;
}
