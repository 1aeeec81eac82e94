import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { createCallerTokenSigner } from '../../../../src/auth/caller-token.ts';
import { defaultGatewaySettings } from '../../../../src/config/gateway-settings.ts';
import { callSettingsOf } from '../../../../src/config/subgraph-settings.ts';
import { probeSubgraph } from '../../../../src/control/registry/probe-subgraph.ts';
import { createTestSecrets } from '../../../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph, type TestSubgraphOptions } from '../../../kit/subgraph.ts';

const SDL = `
  type Query { a: Int }
  type Token @key(fields: "id") @key(fields: "chain { number } kind", resolvable: true) { id: ID! chain: Chain! kind: Kind! }
  type Chain { number: Int! }
  enum Kind { COIN NOTE }
  type Stub @key(fields: "id", resolvable: false) { id: ID! }
`;

async function probe({
  name,
  url,
  sdl,
}: Pick<TestSubgraph, 'name' | 'url' | 'sdl'>): Promise<string | undefined> {
  const { signingKey } = await createTestSecrets();
  return probeSubgraph(
    { name, routingUrl: url, sdl },
    {
      tokens: await createCallerTokenSigner(signingKey),
      egress: { allow: ['loopback'] },
      call: callSettingsOf(defaultGatewaySettings().subgraphs, name),
    },
  );
}

const start = (options: Partial<TestSubgraphOptions>) =>
  createTestSubgraph({ name: 'tokens', sdl: SDL, ...options });

test('an honest subgraph is asked for its SDL and for each key that it resolves, by a token for itself alone', async () => {
  await using subgraph = await start({
    resolvers: { Token: { __resolveReference: () => null } } as TestSubgraphOptions['resolvers'] & object,
  });
  assert.equal(await probe(subgraph), undefined);
  const [service, entities] = subgraph.received;
  assert.match(service?.query ?? '', /_service/);
  assert.deepEqual(entities?.variables.representations, [
    { __typename: 'Token', id: 'tributary-probe' },
    { __typename: 'Token', chain: { number: 0 }, kind: 'COIN' },
  ]);
  const token = decodeJwt((service?.headers.authorization ?? '').replace('Bearer ', ''));
  assert.equal(token.aud, 'tokens');
  assert.equal(token.scope, '');
  assert.equal(token.sub, undefined);
});

const answer = (body: object): Partial<TestSubgraphOptions> => ({
  respond: ({ query }, response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify(query.includes('_service') ? { data: { _service: { sdl: 'x' } } } : body)),
});

test('entities may be refused, as long as each has its place', async () => {
  await using subgraph = await start(
    answer({ data: { _entities: [null, null] }, errors: [{ message: 'no', path: ['_entities', 0] }] }),
  );
  assert.equal(await probe(subgraph), undefined);
});

const FAULTS: readonly [string, Partial<TestSubgraphOptions>, RegExp][] = [
  ['no entities', answer({ data: null, errors: [{ message: 'what is _entities?' }] }), /what is _entities/],
  ['too few entities', answer({ data: { _entities: [null] } }), /1 entities for 2/],
  [
    'entities of another type',
    answer({ data: { _entities: [null, { __typename: 'User' }] } }),
    /User where a Token/,
  ],
  [
    'no subgraph',
    {
      respond: (_request, response) =>
        response.setHeader('content-type', 'application/json').end('{"data":{}}'),
    },
    /_service/,
  ],
  [
    'a redirect',
    { respond: (_request, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end() },
    /does not answer/,
  ],
];

for (const [name, options, reason] of FAULTS) {
  test(`a subgraph that answers ${name} fails its probe`, async () => {
    await using subgraph = await start(options);
    assert.match((await probe(subgraph)) ?? '', reason);
  });
}

test('a subgraph that is away fails its probe, and a forbidden address is not called', async () => {
  const away = await start({});
  await away[Symbol.asyncDispose]();
  assert.match((await probe(away)) ?? '', /SUBGRAPH_UNAVAILABLE/);
  await using subgraph = await start({});
  const { signingKey } = await createTestSecrets();
  const reason = await probeSubgraph(
    { name: 'tokens', routingUrl: subgraph.url, sdl: subgraph.sdl },
    {
      tokens: await createCallerTokenSigner(signingKey),
      egress: { allow: [] },
      call: callSettingsOf(defaultGatewaySettings().subgraphs, 'tokens'),
    },
  );
  assert.match(reason ?? '', /loopback/);
  assert.equal(subgraph.received.length, 0);
});
