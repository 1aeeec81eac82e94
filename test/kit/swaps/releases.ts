import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CannedEntity, CannedSubgraph, Representation } from '../../../bench/canned/canned-subgraph.ts';
import { createDashboard } from '../../../bench/workloads/dashboard.ts';
import type { Workload } from '../../../bench/workloads/workload.ts';

/** The rules of the platform, which cover new fields of tokens. */
export const RULES_FILE = fileURLToPath(new URL('../../../schema/rules.ts', import.meta.url));

const FEDERATION = 'https://specs.apollo.dev/federation/v2.9';

/** A subgraph that tells back the number that a plan names. */
const MARKS_SDL = `extend schema @link(url: "${FEDERATION}", import: ["@key"])
type Token @key(fields: "id") {
  id: ID!
  mark(of: Int!): Int!
}
`;

/**
 * The SDL of the subgraph that is published again and again. Its number stands in two places: in what a plan sends for
 * `Token.release`, and in the description of its type, which introspection tells. So an answer says by which version it
 * was planned and by which it was described.
 */
export function releaseSdl(number: number): string {
  return `extend schema @link(url: "${FEDERATION}", import: ["@key", "@external", "@requires"])
"${number}"
scalar ReleaseMark
type Token @key(fields: "id") {
  id: ID!
  mark(of: Int!): Int! @external
  release: ReleaseMark @requires(fields: "mark(of: ${number})")
}
`;
}

const QUERY = `query Releases($portfolioId: ID!) {
  portfolio(id: $portfolioId) {
    id
    name
    totalValue { value { amount } }
    holdings(first: 20) {
      nodes { id quantity value { amount } token { id symbol price { amount } release } }
    }
  }
  __type(name: "ReleaseMark") { description }
}`;

const marked: CannedEntity = {
  key: ({ id }: Representation) => String(id),
  find: ({ id }: Representation) => ({ __typename: 'Token', id, mark: ({ of }: { of: number }) => of }),
};
const released: CannedEntity = {
  key({ id, mark }: Representation) {
    if (mark === undefined) throw new Error('mark is required');
    return `${id} ${mark}`;
  },
  find: ({ id, mark }: Representation) => ({ __typename: 'Token', id, release: mark }),
};

/** What the gateway itself answers; the rules of the platform name it. */
const OWN: CannedSubgraph = {
  name: 'gateway',
  sdl: readFileSync(new URL('../../../schema/gateway.graphql', import.meta.url), 'utf8'),
  root: { __typename: 'Query' },
  entities: {},
};

/** Where a subgraph of `createReleases` answers. @param port - of the canned subgraphs */
export function releaseUrl(name: string, port: number): string {
  return name === OWN.name ? 'internal:gateway' : `http://127.0.0.1:${port}/${name}`;
}

/** Subgraphs over the platform's own schemas, beside one whose schema changes while requests run. */
export function createReleases(): Pick<Workload, 'subgraphs' | 'requestCount' | 'request'> {
  const { subgraphs, requestCount, request } = createDashboard();
  const added = (name: string, sdl: string, token: CannedEntity): CannedSubgraph => ({
    name,
    sdl,
    root: { __typename: 'Query' },
    entities: { Token: token },
  });
  return {
    subgraphs: [
      ...subgraphs,
      OWN,
      added('marks', MARKS_SDL, marked),
      added('release', releaseSdl(1), released),
    ],
    requestCount,
    request: (index) => ({ ...request(index), query: QUERY }),
  };
}
