import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, type GraphQLSchema } from 'graphql';
import type { Caller, Tier } from '../../src/context.ts';
import { GATEWAY_SUBGRAPH_URL } from '../../src/lib/internal-url.ts';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import type { KeyRecord } from '../../src/snapshot.ts';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { createMockSubgraph } from '../kit/mock-subgraph.ts';
import { SCOPES } from '../kit/scopes.ts';
import type { Row } from './access-table.ts';
import { askCell } from './ask-cell.ts';
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
  /** What the gateway answers itself. */
  readonly gatewaySdl?: string;
  /** The rules file. */
  readonly rulesFile: URL;
  readonly engine: 'tributary' | 'apollo';
  /** What its rules ask for, said a second time; the platform's table unless it is given. */
  readonly table?: Readonly<Record<string, Row>>;
}

export async function createMatrixWorld(options: MatrixWorldOptions): Promise<MatrixWorld> {
  const { subgraphs, gatewaySdl, rulesFile, engine, table } = options;
  await using onFailure = new AsyncDisposableStack();
  const mocks = await Promise.all(
    Object.entries(subgraphs).map(async ([name, sdl]) => onFailure.use(await createMockSubgraph(name, sdl))),
  );
  const keys = new Map<string, { readonly text: string; readonly record: KeyRecord }>();
  for (const { name, caller: of } of CALLERS) {
    if (of.tier !== 'ANONYMOUS') keys.set(name, createTestKey({ ...of, scopes: [...of.scopes] }));
  }
  const gateway = await createTestGateway({
    subgraphs:
      gatewaySdl === undefined
        ? mocks
        : [...mocks, { name: 'gateway', sdl: gatewaySdl, url: GATEWAY_SUBGRAPH_URL }],
    keys: [...keys.values()].map(({ record }) => record),
    readUsage: async () => [{ day: '2026-01-01', points: 1, operations: 1, throttled: 0 }],
    yaml: [
      `engine: ${engine}`,
      `rules: { file: ${JSON.stringify(fileURLToPath(rulesFile))} }`,
      'limits: { errors: 10000 }',
      // Whatever else the machine does: what is asked is who may see what, not how fast.
      'planning: { cacheBytes: 4194304, budgetMs: 60000 }',
      'subgraphs: { all: { timeoutMs: 60000, breaker: { enabled: false } } }',
      'server: { batching: { enabled: true }, operationTimeoutMs: 120000 }',
      // Cells are asked side by side: what a cell fetches is fetched for it alone, and told by its id.
      'sharing: { requests: false, coalesce: false, operations: false }',
    ].join('\n'),
  });
  const routes = routesByCoordinate(apiSchemaOf(gateway.snapshot.supergraphSdl));

  const stack = onFailure.move();
  let asked = 0;
  return {
    gateway,
    *cells() {
      for (const [number, [coordinate, ways]] of [...routes].entries()) {
        for (const who of CALLERS) {
          for (const shape of SHAPES) {
            const cell = createCell({ coordinate, number }, ways, who, shape, table);
            if (cell !== undefined) yield cell;
          }
        }
      }
    },
    async check(cell) {
      asked += 1;
      const requestId = `cell-${asked}`;
      const key = keys.get(cell.caller.name)?.text;
      const { answer, where } = await askCell(gateway, cell, {
        'x-request-id': requestId,
        ...(key === undefined ? {} : { 'x-api-key': key }),
      });
      checkAnswer(cell, answer, where);
      checkCalls(
        cell,
        mocks.flatMap((mock) => [...mock.takeAsked(requestId)]),
        where,
      );
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await stack.disposeAsync();
    },
  };
}

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

function checkCalls({ refused, path }: Cell, asked: readonly string[], where: string): void {
  if (refused === undefined) return;
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

/** The SDL of the platform's subgraphs, by name, and what the gateway answers itself. */
export function platformSubgraphs(): Pick<MatrixWorldOptions, 'subgraphs' | 'gatewaySdl'> {
  const read = (name: string) =>
    readFileSync(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8');
  const names = ['portfolio', 'price', 'analytics', 'news'];
  return {
    subgraphs: Object.fromEntries(names.map((name) => [name, read(name)])),
    gatewaySdl: read('gateway'),
  };
}
