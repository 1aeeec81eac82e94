import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { defaultGatewaySettings } from '../../../../src/config/gateway-settings.ts';
import { analyseChange } from '../../../../src/control/registry/analyse-change.ts';
import type { ChangeAnalysis } from '../../../../src/control/registry/change-analysis.ts';
import type { OperationInUse } from '../../../../src/control/registry/operation-usage.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable",
  "@external", "@requires", "@authenticated", "@requiresScopes", "@listSize", "@inaccessible", "@override"])\n`;
const NOW = Date.parse('2026-11-22T12:00:00Z');

const SHOP = `
  type Query {
    product(id: ID!, currency: String = "USD"): Product
    search(text: String!, filter: Filter): [Product!]! @listSize(assumedSize: 10)
    order(id: ID!): Order
  }
  type Product @key(fields: "id") {
    id: ID!
    name: String!
    colour: Colour
    weight: Int
    oldPrice: Int @deprecated(reason: "Use price. Removal: not before 2027-06-01.")
    legacy: Int @deprecated(reason: "Use weight. Removed after 2026-01-01.")
  }
  enum Colour { RED GREEN BLUE }
  input Filter { colour: Colour, maximum: Int }
  type Order @key(fields: "id") { id: ID! total: Int @authenticated note: String @authenticated }
  interface Thing { id: ID! }
`;
const STOCK = 'type Product @key(fields: "id") { id: ID! inStock: Boolean }';

const OPERATIONS = [
  'query ProductPage { product(id: "1", currency: "EUR") { name colour inStock } }',
  'query Search($filter: Filter) { search(text: "x", filter: $filter) { id } }',
  'query Order { order(id: "1") { total } }',
].map(operation);

function operation(document: string): OperationInUse {
  return {
    id: createHash('sha256').update(document).digest('hex'),
    name: /query (\w+)/.exec(document)?.[1] ?? null,
    document,
    clients: [{ name: 'web', versions: [], requests: 12 }],
    isRegistered: false,
  };
}

function compose(schemas: Record<string, string>): string {
  const result = composeServices(
    Object.entries(schemas).map(([name, sdl]) => ({
      name,
      url: `http://${name}`,
      typeDefs: parse(LINK + sdl),
    })),
  );
  assert.equal(result.errors, undefined, String(result.errors));
  return result.supergraphSdl ?? '';
}

const BEFORE = compose({ shop: SHOP, stock: STOCK });

/** Analyses the shop with some of its text replaced. */
async function change(
  replacements: readonly (readonly [string, string])[],
  { operations = OPERATIONS, stock = STOCK }: { operations?: OperationInUse[]; stock?: string } = {},
): Promise<ChangeAnalysis> {
  let sdl = SHOP;
  for (const [from, to] of replacements) {
    assert.ok(sdl.includes(from), from);
    sdl = sdl.replace(from, to);
  }
  return analyseChange({
    before: BEFORE,
    after: compose({ shop: sdl, stock }),
    subgraph: { name: 'shop', sdl: LINK + sdl },
    operations,
    rulesFile: null,
    cost: defaultGatewaySettings().cost,
    usageDays: 30,
    nowMs: NOW,
  });
}

const breaks = ({ changes, gaps, operations }: ChangeAnalysis): string[] => [
  ...[...changes, ...gaps].filter(({ verdict }) => verdict === 'breaks').map(({ code }) => code),
  ...operations.filter(({ errors }) => errors.length > 0).map(() => 'OPERATION'),
];

const HARMFUL: readonly [string, readonly [string, string][], string][] = [
  ['a field that is used is removed', [['colour: Colour\n    weight', 'weight']], 'FIELD_REMOVED'],
  ['a field that is used changes its type', [['name: String!', 'name: Int!']], 'FIELD_TYPE_CHANGED'],
  ['a field that is used may become null', [['name: String!', 'name: String']], 'FIELD_TYPE_CHANGED'],
  [
    'a used field gets an argument that must be given',
    [['colour: Colour\n', 'colour(of: Int!): Colour\n']],
    'FIELD_ARGUMENT_ADDED',
  ],
  ['an argument that is used is removed', [[', currency: String = "USD"', '']], 'FIELD_ARGUMENT_REMOVED'],
  [
    'an argument that is used changes its type',
    [['currency: String = "USD"', 'currency: Int']],
    'FIELD_ARGUMENT_TYPE_CHANGED',
  ],
  ['a value of a used enum is removed', [['RED GREEN BLUE', 'RED GREEN']], 'ENUM_VALUE_REMOVED'],
  [
    'an input that is used gets a field that must be given',
    [['maximum: Int', 'maximum: Int, shop: ID!']],
    'INPUT_FIELD_ADDED',
  ],
  ['a field of a used input is removed', [[', maximum: Int', '']], 'INPUT_FIELD_REMOVED'],
  [
    'a field that is used asks for a scope',
    [['colour: Colour\n', 'colour: Colour @requiresScopes(scopes: [["x"]])\n']],
    'ACCESS_ADDED',
  ],
  [
    'a deprecated field goes before the promised day',
    [['oldPrice: Int @deprecated(reason: "Use price. Removal: not before 2027-06-01.")', '']],
    'FIELD_REMOVED',
  ],
  [
    'a field of a private type is open to everybody',
    [['note: String @authenticated', 'note: String @authenticated secret: String']],
    'ACCESS_MISSING',
  ],
];

for (const [name, replacements, code] of HARMFUL) {
  test(`harmful: ${name}`, async () => {
    const analysis = await change(replacements);
    assert.ok(breaks(analysis).includes(code), JSON.stringify(analysis, null, 1));
  });
}

const HARMLESS: readonly [string, readonly [string, string][]][] = [
  ['a new field', [['name: String!', 'name: String! size: Int']]],
  [
    'a new type with a field that leads there',
    [
      ['name: String!', 'name: String! maker: Maker'],
      ['interface Thing', 'type Maker { name: String } interface Thing'],
    ],
  ],
  ['a new root field', [['order(id: ID!): Order', 'order(id: ID!): Order newest: Product']]],
  ['a field that nobody uses is removed', [['weight: Int\n', '']]],
  [
    'a deprecated field goes after the promised day',
    [['legacy: Int @deprecated(reason: "Use weight. Removed after 2026-01-01.")', '']],
  ],
  ['a field that nobody uses changes its type', [['weight: Int\n', 'weight: Float\n']]],
  ['an argument that may be left out', [['colour: Colour\n', 'colour(of: Int): Colour\n']]],
  ['a value is added to an enum', [['RED GREEN BLUE', 'RED GREEN BLUE BLACK']]],
  ['a field that may be left out is added to an input', [['maximum: Int', 'maximum: Int, minimum: Int']]],
  ['a field that could be null no longer can', [['colour: Colour\n', 'colour: Colour!\n']]],
  ['a field is deprecated', [['name: String!', 'name: String! @deprecated(reason: "Use title")']]],
  [
    'a description changes, and a scope stands on a field that nobody uses',
    [['weight: Int\n', '"In grams." weight: Int @authenticated\n']],
  ],
];

for (const [name, replacements] of HARMLESS) {
  test(`harmless: ${name}`, async () => {
    const analysis = await change(replacements);
    assert.deepEqual(breaks(analysis), [], JSON.stringify(analysis, null, 1));
    assert.equal(analysis.analysed, 3);
  });
}

test('who would be hit is named: each operation that uses the place', async () => {
  const { changes, operations } = await change([['colour: Colour\n    weight', 'weight']]);
  const [productPage] = OPERATIONS;
  const removed = changes.find(({ coordinate }) => coordinate === 'Product.colour');
  assert.deepEqual(removed?.usedBy, [productPage?.id]);
  assert.deepEqual(
    operations.map(({ id, errors }) => [id, errors.length]),
    [[productPage?.id, 1]],
  );
  assert.match(operations[0]?.errors[0] ?? '', /colour/);
});

test('an unused place is told with its reason; with no operation known at all, nothing counts as unused', async () => {
  const removal: [string, string][] = [['weight: Int\n', '']];
  const [unused] = (await change(removal)).changes;
  assert.equal(unused?.verdict, 'warns');
  assert.match(unused?.reason ?? '', /last 30 days/);
  const [unknown] = (await change(removal, { operations: [] })).changes;
  assert.equal(unknown?.verdict, 'breaks');
  assert.match(unknown?.reason ?? '', /no operation of any client is known/);
});

test('plans of operations in use are compared by their calls', async () => {
  const moved = await change([['name: String!\n', '']], {
    stock: 'type Product @key(fields: "id") { id: ID! inStock: Boolean name: String! }',
    operations: [operation('query Name { product(id: "1") { name } }')],
  });
  assert.deepEqual(
    moved.operations.map(({ calls }) => calls),
    [{ before: 1, after: 2 }],
  );
  assert.deepEqual(breaks(moved), []);
});

test('costs of operations in use are compared', async () => {
  const { operations } = await change([['@listSize(assumedSize: 10)', '@listSize(assumedSize: 40)']]);
  assert.deepEqual(
    operations.map(({ cost }) => cost),
    [{ before: 10, after: 40 }],
  );
});

test('a list of objects without a size is told, one with a size or a sized parent is not', async () => {
  const { gaps } = await change([
    [
      'name: String!',
      'name: String! parts: [Product!] sized: [Product!] @listSize(assumedSize: 3) names: [String!] page: Page @listSize(assumedSize: 5, sizedFields: ["nodes"])',
    ],
    ['interface Thing', 'type Page { nodes: [Product!] } interface Thing'],
  ]);
  assert.deepEqual(
    gaps.map(({ code, coordinate, verdict }) => [code, coordinate, verdict]),
    [['SIZE_MISSING', 'Product.parts', 'warns']],
  );
});

test('what was opened to everybody is told', async () => {
  const { changes } = await change([['total: Int @authenticated', 'total: Int']]);
  assert.deepEqual(
    changes.map(({ code, verdict }) => [code, verdict]),
    [['ACCESS_REMOVED', 'warns']],
  );
});

test('a new field that no rule names is told: nobody could see it', async () => {
  const rules = fileURLToPath(new URL('../../../fixtures/registry-rules.ts', import.meta.url));
  const after = compose({ shop: SHOP.replace('name: String!', 'name: String! size: Int'), stock: STOCK });
  const { gaps } = await analyseChange({
    before: BEFORE,
    after,
    subgraph: { name: 'shop', sdl: LINK + SHOP },
    operations: [],
    rulesFile: rules,
    cost: defaultGatewaySettings().cost,
    usageDays: 30,
    nowMs: NOW,
  });
  assert.deepEqual(
    gaps.map(({ code, coordinate, verdict }) => [code, coordinate, verdict]),
    [['RULE_MISSING', 'Product.size', 'warns']],
  );
});
