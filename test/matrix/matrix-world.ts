import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, type GraphQLSchema } from 'graphql';
import type { Caller, Tier } from '../../src/context.ts';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import type { KeyRecord } from '../../src/snapshot.ts';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { createMockSubgraph, type MockSubgraph } from '../kit/mock-subgraph.ts';
import { SCOPES } from '../kit/scopes.ts';
import type { Row } from './access-table.ts';
import { type Cell, createCell, type NamedCaller, SHAPES } from './cells.ts';
import { routesByCoordinate } from './routes.ts';

/** A gateway with rules over mocks of its subgraphs. */
export interface MatrixWorld {
  readonly gateway: TestGateway;
  readonly cells: () => Generator<Cell>;
  check(cell: Cell): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

function caller(tier: Tier, scopes: readonly string[], userId?: string): Caller {
  return {
    tier,
    scopes: new Set(scopes),
    accountId: 'acc_matrix',
    ...(userId === undefined ? {} : { userId }),
  };
}

/** Everybody who may be told something else: each tier, each scope missing, no user, an operator. */
export const CALLERS: readonly NamedCaller[] = [
  { name: 'anonymous', caller: { tier: 'ANONYMOUS', scopes: new Set() } },
  ...(['FREE', 'PRO', 'BUSINESS', 'ENTERPRISE'] as const).map((tier) => ({
    name: tier,
    caller: caller(tier, SCOPES, 'user_1'),
  })),
  ...SCOPES.map((missing) => ({
    name: `without ${missing}`,
    caller: caller(
      'BUSINESS',
      SCOPES.filter((scope) => scope !== missing),
      'user_1',
    ),
  })),
  { name: 'without scopes', caller: caller('PRO', [], 'user_2') },
  { name: 'a key of no user', caller: caller('PRO', SCOPES) },
  { name: 'operator', caller: caller('ENTERPRISE', ['platform:read', 'platform:write']) },
];

export interface MatrixWorldOptions {
  /** The subgraphs' SDL by name, complete. */
  readonly subgraphs: Readonly<Record<string, string>>;
  /** The rules file. */
  readonly rulesFile: URL;
  readonly engine: 'tributary' | 'apollo';
  /** What its rules ask for, said a second time; the platform's table unless it is given. */
  readonly table?: Readonly<Record<string, Row>>;
}

export async function createMatrixWorld(options: MatrixWorldOptions): Promise<MatrixWorld> {
  const { subgraphs, rulesFile, engine, table } = options;
  const mocks = await Promise.all(
    Object.entries(subgraphs).map(([name, sdl]) => createMockSubgraph(name, sdl)),
  );
  const keys = new Map<string, { readonly text: string; readonly record: KeyRecord }>();
  for (const { name, caller: of } of CALLERS) {
    if (of.tier !== 'ANONYMOUS') keys.set(name, createTestKey({ ...of, scopes: [...of.scopes] }));
  }
  const gateway = await createTestGateway({
    subgraphs: mocks,
    keys: [...keys.values()].map(({ record }) => record),
    yaml: [
      `engine: ${engine}`,
      `rules: { file: ${JSON.stringify(fileURLToPath(rulesFile))} }`,
      'limits: { errors: 10000 }',
      'server: { batching: { enabled: true } }',
      'planning: { cacheBytes: 4194304 }',
    ].join('\n'),
  });
  const routes = routesByCoordinate(apiSchemaOf(gateway.snapshot.supergraphSdl));

  return {
    gateway,
    *cells() {
      for (const [coordinate, ways] of routes) {
        for (const who of CALLERS) {
          for (const shape of SHAPES) {
            const cell = createCell(coordinate, ways, who, shape, table);
            if (cell !== undefined) yield cell;
          }
        }
      }
    },
    async check(cell) {
      for (const mock of mocks) mock.forget();
      const key = keys.get(cell.caller.name)?.text;
      const { status, body } = await gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }) },
        body: JSON.stringify(cell.isBatched ? [NEIGHBOUR, cell.parameters] : cell.parameters),
      });
      const where = `${cell.name}\n${cell.parameters.query}\n${JSON.stringify(body)}`;
      assert.equal(status, 200, where);
      if (cell.isBatched) assert.deepEqual(body[0].data, { __typename: 'Query' }, where);
      checkAnswer(cell, cell.isBatched ? body[1] : body, where);
      checkCalls(cell, mocks, where);
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await Promise.all(mocks.map((mock) => mock[Symbol.asyncDispose]()));
    },
  };
}

/** What stands beside a cell in its batch: it may be asked by anybody and calls nobody. */
const NEIGHBOUR = { query: '{ __typename }' };

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string };
  }[];
}

function checkAnswer({ refused, path, isAsked }: Cell, { data, errors = [] }: Answer, where: string): void {
  if (refused === undefined) {
    assert.deepEqual(errors, [], where);
    assert.ok(!isAsked || valuesAt(data, path).length > 0, where);
    return;
  }
  assert.ok(errors.length > 0, where);
  for (const { path: place = [], extensions } of errors) {
    assert.equal(extensions.code, refused.code, where);
    assert.deepEqual(
      place.filter((part) => typeof part === 'string'),
      path,
      where,
    );
    assert.equal(firstNull(data, place), null, where);
  }
  assert.ok(
    valuesAt(data, path).every((value) => value === null),
    where,
  );
}

function checkCalls({ refused, path }: Cell, mocks: readonly MockSubgraph[], where: string): void {
  if (refused === undefined) return;
  const asked = mocks.flatMap((mock) => [...mock.asked]);
  assert.ok(!asked.includes(refused.coordinate), `a subgraph was asked for ${refused.coordinate}: ${where}`);
  if (path.length === 1) assert.equal(asked.length, 0, where);
}

/** The values at the end of a path, in all items of its lists. */
function valuesAt(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, [name as string, ...rest]));
  if (value === null || typeof value !== 'object' || name === undefined) return [];
  const found = (value as Record<string, unknown>)[name];
  if (found === undefined) return [];
  return rest.length === 0 ? [found] : valuesAt(found, rest);
}

/** What a client finds that follows a path: the first null on it, else what stands at its end. */
function firstNull(data: unknown, path: readonly (string | number)[]): unknown {
  let value: unknown = data;
  for (const part of path) {
    if (value === null) return null;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** What clients see of a supergraph. */
function apiSchemaOf(supergraphSdl: string): GraphQLSchema {
  return buildSchema(printApiSchema(supergraphSdl));
}

/** The SDL of the platform's subgraphs, by name. */
export function platformSubgraphs(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['portfolio', 'price', 'analytics', 'news'].map((name) => [
      name,
      readFileSync(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8'),
    ]),
  );
}
