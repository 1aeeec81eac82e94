import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { createTestGateway, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

/** The public audit of the GraphQL over HTTP specification, with the header that browsers preflight. */
describe('GraphQL over HTTP', () => {
  let subgraph: TestSubgraph;
  let gateway: TestGateway;
  const audits = serverAudits({
    url: () => gateway.url,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), 'apollo-require-preflight': 'true' },
      }),
  });

  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'greeting',
      sdl: 'type Query { hello: String }',
      resolvers: { Query: { hello: () => 'world' } },
    });
    gateway = await createTestGateway({ subgraphs: [subgraph] });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  test('the audit has 61 items', () => {
    assert.equal(audits.length, 61);
  });

  for (const audit of audits) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      assert.equal(result.status, 'ok', 'reason' in result ? result.reason : undefined);
    });
  }
});
