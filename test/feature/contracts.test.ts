import assert from 'node:assert/strict';
import { test } from 'node:test';
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
