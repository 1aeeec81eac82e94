import type { SubgraphResponse } from './subgraph-client.ts';

/**
 * Whom a fetch is made for.
 *
 * - `public`: every coordinate that it selects or requires is open to everybody. The call says the tier and no user,
 *   so that nothing private can be in the answer; callers of one tier may share it.
 * - `caller`: anything else. The call says who is asking; nobody else may share it.
 */
export type Audience = 'public' | 'caller';

/**
 * One fetch of a plan, prepared once per operation. It says what is asked of whom; how it is sent (alone, in one
 * request with its neighbours, joined with an equal one of another request) is not the executor's business.
 */
export interface PlannedFetch {
  /** Position in the compiled operation: 0, 1, 2, … */
  readonly id: number;
  readonly subgraph: string;
  readonly operationKind: 'query' | 'mutation';
  /** The document to send, minified. */
  readonly query: string;
  readonly operationName: string | undefined;
  readonly audience: Audience;
  /** Why it is for its caller alone: the coordinates that are not open to everybody; empty for a public fetch. */
  readonly privateCoordinates: readonly string[];
  /** Names of the variables that the document uses, `representations` left out. */
  readonly variableNames: readonly string[];
  /** Present when the fetch looks entities up; absent for root fields. */
  readonly entities: EntitySelection | undefined;
  /** Everything of the request's body up to the opening brace of `variables`: `{"query":"…","variables":{`. */
  readonly bodyPrefix: string;
}

/**
 * What a fetch selects of entities, as text. Two fetches to one subgraph whose `selection` and variables are equal
 * ask the same of each representation, so their representations may travel in one `_entities` list. Fetches that
 * differ may still share a request: alias the `_entities` fields and declare the variables of both.
 */
export interface EntitySelection {
  /** The types that representations may be of. */
  readonly typeNames: readonly string[];
  /** The selection set under `_entities`, braces included, minified, without named fragments. */
  readonly selection: string;
  /** The selection of each entity type, as it stands in `selection`: `...on Product{price}`. */
  readonly selectionByType: ReadonlyMap<string, string>;
  /** The definition of each variable but `representations`: `$currency:Currency="USD"`. */
  readonly variableDefinitions: readonly string[];
  /** Directives on the operation itself, with a space in front; empty when there are none. */
  readonly directives: string;
}

/** A fetch with the values of one request. */
export interface FetchCall {
  readonly fetch: PlannedFetch;
  /** The variables that were provided, as members of a JSON object without its braces: `"first":5,"currency":"USD"`. */
  readonly variables: string;
  /** The JSON text of each representation, no two alike; undefined for root fields. */
  readonly representations: readonly string[] | undefined;
}

/**
 * Sends a fetch. The answer is never changed by the executor, so one answer may be given to several calls.
 *
 * `_entities` of the answer is in the order of `representations`, and paths of errors are as the subgraph wrote them.
 *
 * @throws SubgraphError when there is no usable answer; anything else counts as a fault of ours
 */
export type Fetcher = (call: FetchCall) => Promise<SubgraphResponse>;

/** The body of an HTTP request for a call: strings are joined, nothing is serialised a second time. */
export function requestBody({ fetch, variables, representations }: FetchCall): string {
  if (representations === undefined) return `${fetch.bodyPrefix}${variables}}}`;
  const separator = variables === '' ? '' : ',';
  return `${fetch.bodyPrefix}${variables}${separator}"representations":[${representations.join(',')}]}}`;
}
