/** A GraphQL request to one subgraph. */
export interface SubgraphRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

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

/** Calls one subgraph. */
export interface SubgraphClient {
  readonly subgraph: string;
  /** @throws SubgraphError with a SUBGRAPH_* code when there is no usable answer */
  send(request: SubgraphRequest): Promise<SubgraphResponse>;
  close(): Promise<void>;
}
