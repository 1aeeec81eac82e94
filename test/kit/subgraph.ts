import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import { type ExecutionResult, execute, parse } from 'graphql';
import { CANARY } from './canaries.ts';

/** A request that a test subgraph received. */
export interface ReceivedRequest {
  readonly headers: IncomingMessage['headers'];
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** A small subgraph for one test, which remembers what it was asked. */
export interface TestSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly url: string;
  readonly received: readonly ReceivedRequest[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestSubgraphOptions {
  readonly name: string;
  /** SDL without the Federation link, which is put in front. */
  readonly sdl: string;
  /** The context of a resolver is the request. */
  readonly resolvers?: GraphQLResolverMap<ReceivedRequest>;
  /** Called when a request has come; its answer waits for the promise. */
  readonly hold?: (request: ReceivedRequest) => Promise<void>;
  /** Answers some requests in place of GraphQL; says which ones. */
  readonly spoil?: (request: ReceivedRequest, response: ServerResponse) => boolean;
  /** Answers in place of GraphQL: for subgraphs that misbehave. */
  readonly respond?: (request: ReceivedRequest, response: ServerResponse) => void;
}

/** Goes in front of the SDL of a test subgraph. */
export const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible", "@authenticated", "@requiresScopes", "@cost", "@listSize", "@tag"])\n`;

export async function createTestSubgraph({
  name,
  sdl,
  resolvers = {},
  hold,
  spoil,
  respond,
}: TestSubgraphOptions): Promise<TestSubgraph> {
  const fullSdl = LINK + sdl;
  const schema = buildSubgraphSchema([
    { typeDefs: parse(fullSdl), resolvers: resolvers as GraphQLResolverMap<unknown> },
  ]);
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Omit<ReceivedRequest, 'headers'>;
    const entry = { headers: request.headers, query: body.query, variables: body.variables ?? {} };
    received.push(entry);
    await hold?.(entry);
    if (spoil?.(entry, response) === true) return;
    if (respond !== undefined) return respond(entry, response);
    const result = await execute({
      schema,
      document: parse(body.query),
      variableValues: body.variables,
      contextValue: entry,
    });
    response.setHeader('content-type', 'application/json').end(JSON.stringify(withCanaries(result)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    sdl: fullSdl,
    url: `http://127.0.0.1:${port}/graphql`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Errors of a subgraph say more than callers may read. */
function withCanaries({ data, errors }: ExecutionResult): object {
  if (errors === undefined) return { data };
  return {
    data,
    errors: errors.map((error) => ({
      ...error.toJSON(),
      message: `${error.message} ${CANARY.subgraphMessage}`,
      extensions: { ...error.extensions, canary: CANARY.subgraphExtension },
    })),
  };
}
