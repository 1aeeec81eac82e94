import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildSchema, type GraphQLSchema, isObjectType, parse, validateSchema } from 'graphql';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import { contractSchema } from '../../src/supergraph/contract-schema.ts';
import { createTestGateway, createTestKey } from '../kit/gateway.ts';
import { createTestSubgraph } from '../kit/subgraph.ts';

const SDL = `
  type Query { shop: Shop secrets: Secret @tag(name: "internal") pick(of: Kind): String }
  type Shop { name: String owner: String @tag(name: "pii") audit: Secret }
  type Secret @tag(name: "internal") { value: String }
  enum Kind { OPEN HIDDEN @tag(name: "internal") }
`;
const LIMITED = 'contract: { excludeTags: [internal, pii] }';

async function world() {
  const subgraph = await createTestSubgraph({
    name: 'shops',
    sdl: SDL,
    resolvers: {
      Query: {
        shop: () => ({ name: 'Corner', owner: 'Ann', audit: { value: 'x' } }),
        secrets: () => ({ value: 'y' }),
      },
    },
  });
  const customer = createTestKey({ scopes: ['portfolio:read'] });
  const operator = createTestKey({ scopes: ['platform:read'], tier: 'ENTERPRISE' });
  const gateway = await createTestGateway({
    subgraphs: [subgraph],
    keys: [customer.record, operator.record],
    yaml: LIMITED,
  });
  const as = (key: { readonly text: string } | undefined, query: string) =>
    gateway.query(query, key === undefined ? {} : { headers: { 'x-api-key': key.text } });
  return { subgraph, gateway, customer, operator, as };
}

test('what a contract leaves out is unknown: not validated, not suggested, not in introspection, not called', async () => {
  const { subgraph, gateway, customer, operator, as } = await world();
  try {
    for (const key of [undefined, customer]) {
      for (const query of [
        '{ shop { owner } }',
        '{ secrets { value } }',
        '{ shop { audit { value } } }',
        '{ pick(of: HIDDEN) }',
      ]) {
        const { body } = await as(key, query);
        const [error] = (body as { errors: { message: string; extensions: { code: string } }[] }).errors;
        assert.equal(error?.extensions.code, 'GRAPHQL_VALIDATION_FAILED', query);
      }
      const { body } = await as(key, '{ __schema { types { name fields { name } enumValues { name } } } }');
      assert.doesNotMatch(JSON.stringify(body), /Secret|owner|audit|HIDDEN/);
    }
    assert.equal(subgraph.received.length, 0);
    assert.deepEqual((await as(customer, '{ shop { name } }')).body, { data: { shop: { name: 'Corner' } } });

    const whole = '{ shop { name owner audit { value } } secrets { value } }';
    assert.deepEqual((await as(operator, whole)).body, {
      data: { shop: { name: 'Corner', owner: 'Ann', audit: { value: 'x' } }, secrets: { value: 'y' } },
    });
    const { body } = await as(
      operator,
      '{ __schema { types { name fields { name } enumValues { name } } } }',
    );
    assert.match(JSON.stringify(body), /Secret.*|owner/);
  } finally {
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  }
});

test("the public contract of the platform's own schema lacks what is internal or personal, and nothing else", () => {
  const sdl = readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const api = buildSchema(printApiSchema(sdl));
  const limited = contractSchema(api, parse(sdl), ['internal', 'pii']);
  assert.deepEqual(validateSchema(limited), []);
  const membersOf = (schema: GraphQLSchema): string[] =>
    Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type)
        ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)
        : [type.name],
    );
  const left = new Set(membersOf(limited));
  const gone = membersOf(api).filter((member) => !left.has(member));
  const types = new Set(gone.map((member) => member.split('.')[0]));
  assert.deepEqual([...types].filter((type) => limited.getType(type ?? '') === undefined).sort(), [
    'NewsSourceRefresh',
    'PriceProviderStatus',
    'RefreshNewsSourcePayload',
  ]);
  assert.deepEqual(
    gone.filter((member) => limited.getType(member.split('.')[0] ?? '') !== undefined).sort(),
    ['Mutation.refreshNewsSource', 'Query.priceProviders', 'User.email'],
  );
});
