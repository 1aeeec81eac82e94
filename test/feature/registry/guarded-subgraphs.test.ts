import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestGateway, createTestSnapshot } from '../../kit/gateway.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

/** Where requests to published subgraphs may go, whatever their names led to when they were published. */

const world = async (egress: string) => {
  const published = await createTestSubgraph({
    name: 'published',
    sdl: 'type Query { secret: String }',
    resolvers: { Query: { secret: () => 'of an internal service' } },
  });
  const own = await createTestSubgraph({
    name: 'own',
    sdl: 'type Query { hello: String }',
    resolvers: { Query: { hello: () => 'world' } },
  });
  const yaml = `egress: { allow: [${egress}] }\n`;
  const gateway = await createTestGateway({ subgraphs: [published, own], yaml });
  /** As if somebody had published this address. */
  const publish = (url: string) => {
    const snapshot = createTestSnapshot({ subgraphs: [published, own], yaml });
    return gateway.gateway.reload({
      ...snapshot,
      id: `published at ${url}`,
      routingUrls: { published: url },
      guardedSubgraphs: ['published'],
    });
  };
  return {
    published,
    own,
    gateway,
    publish,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await published[Symbol.asyncDispose]();
      await own[Symbol.asyncDispose]();
    },
  };
};

test("no request reaches a forbidden address by a published subgraph; the operator's own are called as ever", async () => {
  await using it = await world('private');
  const { port } = new URL(it.published.url);
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]']) {
    await it.publish(`http://${host}:${port}/graphql`);
    const { status, body, text } = await it.gateway.query('{ secret hello }');
    assert.equal(status, 200);
    assert.deepEqual(body.data, { secret: null, hello: 'world' }, host);
    assert.equal(body.errors[0].extensions.code, 'SUBGRAPH_UNAVAILABLE');
    // Nothing of the address is told to callers.
    assert.doesNotMatch(text, /loopback|127\.0\.0\.1|localhost/);
  }
  assert.equal(it.published.received.length, 0);
  assert.equal(it.own.received.length, 5);
});

test('a published subgraph in a network that the policy opens is called', async () => {
  await using it = await world('loopback');
  await it.publish(it.published.url);
  const { body } = await it.gateway.query('{ secret hello }');
  assert.deepEqual(body, { data: { secret: 'of an internal service', hello: 'world' } });
});
