import assert from 'node:assert/strict';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createTestCertificate } from '../kit/certificate.ts';
import { createTestGateway } from '../kit/gateway.ts';
import { LINK } from '../kit/subgraph.ts';

/** Subgraphs behind TLS: HTTP/2 where it is offered, HTTP/1.1 otherwise, and nobody who cannot prove who they are. */

const { key, cert } = createTestCertificate();
const ownAuthorities = getCACertificates();
before(() => setDefaultCACertificates([...ownAuthorities, cert]));
after(() => setDefaultCACertificates(ownAuthorities));

const SERVERS = {
  both: (options: object) => createSecureServer({ ...options, allowHTTP1: true }),
  'HTTP/1.1 alone': (options: object) => createServer(options),
};

/** A subgraph behind TLS that notes by which version of HTTP it was asked. */
async function createSecureSubgraph(kind: keyof typeof SERVERS, identity: object = { key, cert }) {
  const versions: string[] = [];
  const server = SERVERS[kind](identity);
  server.on('request', async (request, response) => {
    versions.push(request.httpVersion);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    assert.match(Buffer.concat(chunks).toString(), /"query"/);
    response.setHeader('content-type', 'application/json');
    response.end('{"data":{"answer":42}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: 'secure',
    sdl: `${LINK} type Query { answer: Int }`,
    url: `https://127.0.0.1:${port}/graphql`,
    versions,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

for (const [offers, yaml, expected] of [
  ['both', '', '2.0'],
  ['both', 'subgraphs: { all: { allowH2: false } }', '1.1'],
  ['HTTP/1.1 alone', '', '1.1'],
] as const) {
  test(`a subgraph that offers ${offers} is asked by HTTP/${expected} with { ${yaml} }`, async () => {
    await using subgraph = await createSecureSubgraph(offers);
    await using gateway = await createTestGateway({ subgraphs: [subgraph], yaml });
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((alias) => gateway.query(`{ ${alias}: __typename answer }`)),
    );
    for (const { body } of answers) assert.equal(body.data.answer, 42);
    assert.equal(new Set(subgraph.versions).size, 1);
    assert.equal(subgraph.versions[0], expected);
  });
}

test('a subgraph whose certificate nobody vouches for is not asked', async () => {
  await using subgraph = await createSecureSubgraph('both', createTestCertificate());
  await using gateway = await createTestGateway({ subgraphs: [subgraph] });
  const { body } = await gateway.query('{ answer }');
  assert.deepEqual(body.data, { answer: null });
  assert.equal(body.errors[0].extensions.code, 'SUBGRAPH_UNAVAILABLE');
  assert.deepEqual(subgraph.versions, []);
});
