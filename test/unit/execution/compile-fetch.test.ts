import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

/** The example of docs/engine.md. */
const subgraphs: EngineSubgraph[] = [
  {
    name: 'products',
    sdl: `
      type Query { products: [Product] }
      type Product @key(fields: "upc") { upc: ID! name: String weight: Int }`,
    respond: () => ({
      data: {
        top: [
          { __typename: 'Product', upc: '1', weight: 3, name: 'Chair' },
          { __typename: 'Product', upc: '2', weight: 40 },
          { __typename: 'Product', upc: '1', weight: 3 },
        ],
      },
    }),
  },
  {
    name: 'inventory',
    sdl: `type Product @key(fields: "upc") {
      upc: ID! weight: Int @external shipping(to: String = "home"): Int @requires(fields: "weight") }`,
    resolvers: { Product: { shipping: ({ weight }: { weight: number }) => weight * 2 } },
  },
];
const engine = createTestEngine({ subgraphs });
const QUERY = `query ($withName: Boolean = true, $to: String) {
  top: products { name @include(if: $withName) shipping(to: $to) } }`;

test('compiles the plan that the planner makes', () => {
  const requires = ['__typename', 'upc', 'weight'].map((name) => ({ kind: 'Field', name }));
  assert.deepEqual(JSON.parse(JSON.stringify(engine.plan(QUERY))), {
    kind: 'QueryPlan',
    node: {
      kind: 'Sequence',
      nodes: [
        {
          kind: 'Fetch',
          serviceName: 'products',
          variableUsages: [],
          operation: '{top:products{__typename upc name weight}}',
          operationKind: 'query',
        },
        {
          kind: 'Flatten',
          path: ['top', '@'],
          node: {
            kind: 'Fetch',
            serviceName: 'inventory',
            requires: [{ kind: 'InlineFragment', typeCondition: 'Product', selections: requires }],
            variableUsages: ['to'],
            operation:
              'query($representations:[_Any!]!$to:String){_entities(representations:$representations){...on Product{shipping(to:$to)}}}',
            operationKind: 'query',
          },
        },
      ],
    },
  });
});

test('tells whoever sends a fetch what it selects of entities', () => {
  const [products, inventory] = engine.compile(QUERY).fetches;
  assert.equal(products?.entities, undefined);
  assert.equal(inventory?.subgraph, 'inventory');
  assert.deepEqual(inventory?.variableNames, ['to']);
  assert.deepEqual(inventory?.entities, {
    typeNames: ['Product'],
    selection: '{...on Product{shipping(to:$to)}}',
    selectionByType: new Map([['Product', '...on Product{shipping(to:$to)}']]),
    variableDefinitions: ['$to:String'],
    directives: '',
  });
});

test('runs the example: two representations for three products', async () => {
  assert.deepEqual(await engine.run(QUERY, { to: 'Riga' }), {
    data: {
      top: [
        { name: 'Chair', shipping: 6 },
        { name: null, shipping: 80 },
        { name: null, shipping: 6 },
      ],
    },
  });
  assert.deepEqual(engine.calls[1]?.variables, {
    to: 'Riga',
    representations: [
      { __typename: 'Product', upc: '1', weight: 3 },
      { __typename: 'Product', upc: '2', weight: 40 },
    ],
  });
  assert.deepEqual((await engine.run(QUERY, { withName: false })).data, {
    top: [{ shipping: 6 }, { shipping: 80 }, { shipping: 6 }],
  });
});

test('never changes an answer, so that one answer may be given to several requests', async () => {
  const freeze = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) {
      Object.freeze(value);
      for (const inner of Object.values(value)) freeze(inner);
    }
    return value;
  };
  const [root, entities] = [
    { top: [{ __typename: 'Product', upc: '1', weight: 3, name: 'Chair' }] },
    { _entities: [{ shipping: 6 }] },
  ].map((data) => ({ data: freeze(data) as Record<string, unknown>, errors: [] }));
  const operation = engine.compile(QUERY);
  const fetcher = async ({ representations }: { representations: readonly string[] | undefined }) => {
    const answer = representations === undefined ? root : entities;
    assert.ok(answer);
    return answer;
  };
  const runs = await Promise.all([1, 2].map(() => operation.run({ variables: {}, fetcher })));
  for (const result of runs) {
    assert.deepEqual(result, { data: { top: [{ name: 'Chair', shipping: 6 }] } });
  }
});
