import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type DocumentNode,
  execute,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** A subgraph that answers every field with a made-up value, and remembers which fields it was asked for by whom. */
export interface MockSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly url: string;
  /** Takes the coordinates (`Type.field`) that were asked for in the name of a request: by its `x-request-id`. */
  takeAsked(requestId: string): ReadonlySet<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

const LEAVES: Readonly<Record<string, unknown>> = {
  Int: 7,
  Float: 1.5,
  Boolean: true,
  Decimal: '1.5',
  DateTime: '2026-01-01T00:00:00Z',
  CurrencyCode: 'USD',
  URL: 'https://example.org/',
};

/** Starts a mock of a subgraph; `sdl` is complete, its link included. Lists have two items, one of each kind. */
export async function createMockSubgraph(name: string, sdl: string): Promise<MockSubgraph> {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
  const asked = new Map<string, Set<string>>();
  const documents = new LRUCache<string, ParsedQuery>({ max: DOCUMENTS });
  const read = (query: string): ParsedQuery => {
    let known = documents.get(query);
    if (known === undefined) {
      const document = parse(query);
      known = { document, coordinates: coordinatesOf(schema, document) };
      documents.set(query, known);
    }
    return known;
  };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { query, variables } = JSON.parse(text) as { query: string; variables?: Record<string, unknown> };
    const { document, coordinates } = read(query);
    const requestId = String(request.headers['x-request-id']);
    asked.set(requestId, new Set([...(asked.get(requestId) ?? []), ...coordinates]));
    const result = await execute({
      schema,
      document,
      ...(variables === undefined ? {} : { variableValues: variables }),
      fieldResolver: mockField(schema),
      typeResolver: (value) => (value as { __typename?: string }).__typename,
    });
    response.setHeader('content-type', 'application/json').end(JSON.stringify(result));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    sdl,
    url: `http://127.0.0.1:${port}/graphql`,
    takeAsked(requestId) {
      const taken = asked.get(requestId) ?? new Set();
      asked.delete(requestId);
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface ParsedQuery {
  readonly document: DocumentNode;
  readonly coordinates: ReadonlySet<string>;
}

/** Queries that are remembered: gateways ask few. */
const DOCUMENTS = 5_000;

function coordinatesOf(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const asked = new Set<string>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name }) => void asked.add(`${types.getParentType()?.name}.${name.value}`),
    }),
  );
  return asked;
}

function mockField(schema: GraphQLSchema): GraphQLFieldResolver<unknown, unknown> {
  return (source, _args, _context, { fieldName, returnType }) => {
    const given = (source as Record<string, unknown> | undefined)?.[fieldName];
    return given === undefined ? mockValue(schema, returnType, 0) : given;
  };
}

function mockValue(schema: GraphQLSchema, type: GraphQLOutputType, index: number): unknown {
  if (isNonNullType(type)) return mockValue(schema, type.ofType, index);
  if (isListType(type)) return [0, 1].map((item) => mockValue(schema, type.ofType, item));
  return mockNamed(schema, getNamedType(type), index);
}

function mockNamed(schema: GraphQLSchema, type: GraphQLNamedType, index: number): unknown {
  if (isEnumType(type)) return type.getValues()[0]?.value;
  if (isLeafType(type)) return LEAVES[type.name] ?? `${type.name}-${index}`;
  const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return { __typename: possible[index % possible.length]?.name };
}
