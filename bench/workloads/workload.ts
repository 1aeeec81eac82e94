import { parse } from 'graphql';
import type { CannedSubgraph } from '../canned/canned-subgraph.ts';
import { type CannedObject, selectOperation } from '../canned/select-fields.ts';

/** A GraphQL request as the load generator sends it. */
export interface WorkloadRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Subgraphs with their data, requests, and what is known of them beforehand. */
export interface Workload {
  readonly name: string;
  /** One sentence for the table. */
  readonly description: string;
  /** Requests under way at the same time. */
  readonly connections: number;
  readonly subgraphs: readonly CannedSubgraph[];
  /** The fields of `Query` over the data of all subgraphs: what every gateway's answer is compared with. */
  readonly root: CannedObject;
  /** How many different requests there are; request number i is sent as number i mod this. */
  readonly requestCount: number;
  readonly request: (index: number) => WorkloadRequest;
  /** What the stock executor asks of subgraphs for one request; asserted. Absent where it differs by request. */
  readonly planned?: { readonly calls: number; readonly representations: number };
  /** The bounds of the answer's size in bytes that the workload promises; asserted. */
  readonly answerBytes?: { readonly min: number; readonly max: number };
  /** The modes that it is about; absent means all that do not name their workloads otherwise. */
  readonly modes?: readonly string[];
  /** The least number of rounds; absent means that any will do. */
  readonly leastRounds?: number;
  /** The most requests of one round; absent means that time alone ends it. */
  readonly roundRequests?: number;
  /** Requests that a process serves before it is measured; absent means that time alone ends the warm-up. */
  readonly warmUpRequests?: number;
}

/** The data that a request must be answered with. */
export function expectedData(workload: Workload, index: number): Record<string, unknown> {
  const { query, variables = {} } = workload.request(index);
  return selectOperation(workload.root, parse(query, { noLocation: true }), variables);
}
