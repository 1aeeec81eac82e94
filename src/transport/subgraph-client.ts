import type { OperationTypeNode } from 'graphql';
import type { RequestContext } from '../context.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import type { SubgraphCallError } from './subgraph-call-error.ts';

/** A GraphQL request to one subgraph. */
export interface SubgraphRequest {
  /** Queries may be repeated and pipelined; a mutation is sent once, whatever happens to it. */
  readonly operationKind: `${OperationTypeNode.QUERY | OperationTypeNode.MUTATION}`;
  /** The JSON text to send: `query`, `variables`, `operationName`. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. Its reason is a `DeadlineExceeded` when time ran out. */
  readonly signal: CancelSignal;
  /** How the first attempt failed: this one goes by a new connection and, if there is another, to another URL. */
  readonly retryOf?: SubgraphCallError;
  /** Who asks, for a subgraph inside the gateway; others are told by a signed token among the headers. */
  readonly asker?: Asker;
}

/** The request that a call is made for, as far as it is of interest inside the gateway. */
export type Asker = Pick<RequestContext, 'caller' | 'standing'>;

/** One entry of a subgraph's `errors`, as it came. */
export interface SubgraphResponseError {
  readonly message?: unknown;
  readonly path?: unknown;
  readonly extensions?: unknown;
}

/** What a subgraph answered: data, errors, or both. */
export interface SubgraphResponse {
  readonly data: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors: readonly SubgraphResponseError[];
}

/** Calls one subgraph. Wrappers take one and give one: `client => client`. */
export interface SubgraphClient {
  readonly subgraph: string;
  /** @throws SubgraphError with a SUBGRAPH_* code when there is no usable answer */
  send(request: SubgraphRequest): Promise<SubgraphResponse>;
  close(): Promise<void>;
}
