import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
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

/** A subgraph that answers every field with a made-up value, and remembers which fields it was asked for. */
export interface MockSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly url: string;
  /** Coordinates (`Type.field`) that were asked for since the last `forget`. */
  readonly asked: ReadonlySet<string>;
  /** Requests that came in since then. */
  readonly requests: () => number;
  forget(): void;
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
  const asked = new Set<string>();
  let requests = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { query, variables } = JSON.parse(text) as { query: string; variables?: Record<string, unknown> };
    requests += 1;
    const document = parse(query);
    noteCoordinates(schema, document, asked);
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
    asked,
    requests: () => requests,
    forget() {
      asked.clear();
      requests = 0;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function noteCoordinates(
  schema: GraphQLSchema,
  document: ReturnType<typeof parse>,
  asked: Set<string>,
): void {
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name }) => void asked.add(`${types.getParentType()?.name}.${name.value}`),
    }),
  );
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
