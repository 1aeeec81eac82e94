import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import { test } from 'node:test';
import { type EgressPolicy, networkOf, refuseOutboundUrl } from '../../../src/transport/egress-guard.ts';
import { createHttpSubgraphClient } from '../../../src/transport/http-subgraph-client.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

const CLOSED: EgressPolicy = { allow: [] };

/** A resolver that knows these names alone. */
function resolver(names: Readonly<Record<string, readonly string[]>>): typeof lookup {
  const resolve = (host: string, _options: object, callback: (...args: unknown[]) => void): void => {
    const addresses = names[host.replace(/\.$/, '')];
    if (addresses === undefined) callback(new Error(`ENOTFOUND ${host}`), []);
    else
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };
  return resolve as unknown as typeof lookup;
}

const dns = resolver({
  localhost: ['::1', '127.0.0.1'],
  'foo.localhost': ['127.0.0.1'],
  'rebound.example': ['93.184.216.34', '127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  'good.example': ['93.184.216.34', '2606:2800:220:1::1'],
});

const FORBIDDEN = [
  'http://127.0.0.1:4000/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://127.0.0.1./',
  'http://①②⑦.0.0.1/',
  'http://0/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://localhost/',
  'http://LOCALHOST:80/',
  'http://localhost./',
  'http://foo.localhost/',
  'http://rebound.example/',
  'http://169.254.169.254/latest/meta-data',
  'http://[::ffff:169.254.169.254]/',
  'http://[fd00:ec2::254]/',
  'http://metadata.google.internal/',
  'http://100.100.100.200/',
  'http://169.254.7.7/',
  'http://[fe80::1]/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.1.1/',
  'http://[fc00::1]/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'ftp://good.example/',
  'file:///etc/passwd',
  'internal:gateway',
  'http://user:secret@good.example/',
  'http://good.example/#x',
  'http://unknown.example/',
  'not a url',
];

for (const url of FORBIDDEN) {
  test(`${url} is no routing URL`, async () => {
    assert.notEqual(await refuseOutboundUrl(url, CLOSED, dns), undefined);
  });
}

test('public addresses are routing URLs', async () => {
  for (const url of [
    'http://good.example/graphql',
    'https://93.184.216.34:8443/',
    'https://good.example./graphql',
  ]) {
    assert.equal(await refuseOutboundUrl(url, CLOSED, dns), undefined, url);
  }
});

test('a policy opens its networks and no other; services of metadata stay closed', async () => {
  const refuse = (url: string, allow: EgressPolicy['allow']) => refuseOutboundUrl(url, { allow }, dns);
  assert.equal(await refuse('http://10.0.0.1/', ['private']), undefined);
  assert.equal(await refuse('http://localhost/', ['loopback']), undefined);
  assert.match((await refuse('http://127.0.0.1/', ['private', 'linkLocal'])) ?? '', /loopback/);
  assert.equal(await refuse('http://169.254.7.7/', ['linkLocal']), undefined);
  const all: EgressPolicy['allow'] = ['private', 'loopback', 'linkLocal'];
  for (const host of ['169.254.169.254', '100.100.100.200', '[fd00:ec2::254]']) {
    assert.match((await refuse(`http://${host}/`, all)) ?? '', /metadata/);
  }
  assert.match((await refuse('http://0.0.0.0/', all)) ?? '', /reserved/);
});

test('networks begin and end where they should', () => {
  const expected: Record<string, string> = {
    '9.255.255.255': 'public',
    '10.0.0.0': 'private',
    '10.255.255.255': 'private',
    '11.0.0.0': 'public',
    '172.15.255.255': 'public',
    '172.31.255.255': 'private',
    '172.32.0.0': 'public',
    '126.255.255.255': 'public',
    '128.0.0.0': 'public',
    '2606:4700::1111': 'public',
    'febf::1': 'linkLocal',
    'no address': 'reserved',
  };
  for (const [address, network] of Object.entries(expected))
    assert.equal(networkOf(address), network, address);
});

test('the dialer asks at each connection: a name that leads to a forbidden address is not called', async () => {
  await using subgraph = await createTestSubgraph({ name: 'a', sdl: 'type Query { a: Int }' });
  const { port } = new URL(subgraph.url);
  const call = (host: string, allow: EgressPolicy['allow']) => {
    const client = createHttpSubgraphClient({
      subgraph: 'a',
      url: `http://${host}:${port}/graphql`,
      timeoutMs: 1000,
      responseLimitBytes: 10_000,
      responseDepth: 20,
      connections: 1,
      pipelining: 1,
      allowH2: false,
      egress: { allow },
    });
    return client
      .send({
        operationKind: 'query',
        body: '{"query":"{ __typename }"}',
        headers: {},
        signal: new AbortController().signal,
      })
      .finally(() => client.close());
  };
  for (const host of ['localhost', '127.0.0.1', '2130706433', '[::ffff:127.0.0.1]']) {
    await assert.rejects(call(host, ['private']), { code: 'SUBGRAPH_UNAVAILABLE' }, host);
  }
  assert.equal(subgraph.received.length, 0);
  assert.deepEqual((await call('localhost', ['loopback'])).data, { __typename: 'Query' });
});
