import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A supergraph of one subgraph that has the fields `Query.hello` and `Query.slow`. */
export interface TinySupergraph {
  readonly sdl: string;
  /** How many requests the subgraph has received. */
  readonly requests: () => number;
  /** Settles when a request for `slow` has come in. */
  readonly slowAsked: Promise<void>;
  /** Lets the requests for `slow` be answered; until then they wait. */
  releaseSlow(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the subgraph, and makes the SDL that points to it. */
export async function startTinySupergraph(): Promise<TinySupergraph> {
  const slowAsked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let requests = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const isSlow = body.includes('slow');
    if (isSlow) {
      slowAsked.resolve();
      await release.promise;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: isSlow ? { slow: 'at last' } : { hello: 'world' } }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    sdl: supergraphSdl(`http://127.0.0.1:${port}/graphql`),
    requests: () => requests,
    slowAsked: slowAsked.promise,
    releaseSlow: () => release.resolve(),
    async [Symbol.asyncDispose]() {
      release.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What composition makes of a subgraph `tiny` with two fields. */
function supergraphSdl(url: string): string {
  return `schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{
  query: Query
}

directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA

scalar join__FieldSet
enum join__Graph {
  TINY @join__graph(name: "tiny", url: "${url}")
}
scalar link__Import
enum link__Purpose {
  SECURITY
  EXECUTION
}
type Query @join__type(graph: TINY) {
  hello: String
  slow: String
}
`;
}
