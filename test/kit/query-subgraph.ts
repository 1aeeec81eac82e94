import { request } from 'undici';
import type { TestClaims, TestTrust } from './trust.ts';

export interface SubgraphAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of any form
  readonly data: any;
  readonly errors: readonly {
    message: string;
    path?: (string | number)[];
    extensions?: Record<string, unknown>;
  }[];
}

export interface SubgraphQuery {
  readonly url: string;
  /** The subgraph's name: the audience of the token. */
  readonly name: string;
  readonly trust: TestTrust;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly claims?: TestClaims;
}

/** Asks a subgraph over HTTP as the gateway would, for a caller of the test's choice. */
export async function querySubgraph({
  url,
  name,
  trust,
  query,
  variables,
  claims,
}: SubgraphQuery): Promise<SubgraphAnswer> {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await trust.sign(name, claims)}`,
    },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await body.json()) as { data?: unknown; errors?: SubgraphAnswer['errors'] };
  return { status: statusCode, data: answer.data, errors: answer.errors ?? [] };
}
