import type {
  SubgraphClient,
  SubgraphRequest,
  SubgraphResponse,
} from '../../src/transport/subgraph-client.ts';

/** A client whose calls end when the test says so, or as `answer` does. */
export interface FakeSubgraphClient extends SubgraphClient {
  readonly requests: SubgraphRequest[];
}

/** Stands in for whatever a wrapper of `src/transport` wraps. */
export function createFakeSubgraphClient(
  answer: (request: SubgraphRequest) => SubgraphResponse | Promise<SubgraphResponse>,
): FakeSubgraphClient {
  const requests: SubgraphRequest[] = [];
  return {
    subgraph: 'fake',
    requests,
    async send(request) {
      requests.push(request);
      return answer(request);
    },
    close: async () => {},
  };
}

/** A request with nothing special about it. */
export function createTestRequest(request: Partial<SubgraphRequest> = {}): SubgraphRequest {
  return {
    operationKind: 'query',
    body: '{"query":"{ a }"}',
    headers: {},
    signal: new AbortController().signal,
    ...request,
  };
}
