import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiKey } from '../../src/auth/api-key.ts';
import { createGatedSubgraph } from '../kit/gated-subgraph.ts';
import { createTestGateway, createTestKey, createTestSnapshot } from '../kit/gateway.ts';
import { createTestSubgraph } from '../kit/subgraph.ts';

const SDL = {
  name: 'greeting',
  sdl: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'hi' } },
};

test('a change of the keys keeps plans and caches; a change of the settings does not', async () => {
  await using subgraph = await createTestSubgraph(SDL);
  const first = createTestKey();
  const second = createTestKey();
  await using gateway = await createTestGateway({
    ownPlanner: true,
    subgraphs: [subgraph],
    keys: [first.record],
  });
  const ask = async (key: string) =>
    (await gateway.query('{ hello }', { headers: { 'x-api-key': key } })).status;
  const compiled = async () =>
    (await gateway.metrics.operationCache.get()).values.find(({ labels }) => labels.result === 'miss')?.value;
  const plannerStarts = async () => (await gateway.metrics.plannerStarts.get()).values[0]?.value;

  assert.equal(await ask(first.text), 200);
  assert.deepEqual([await compiled(), await plannerStarts()], [1, 1]);

  await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph], keys: [second.record] }));
  assert.deepEqual([await ask(first.text), await ask(second.text)], [401, 200]);
  assert.deepEqual([await compiled(), await plannerStarts()], [1, 1]);

  const yaml = 'limits: { aliases: 49 }\n';
  await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph], keys: [second.record], yaml }));
  assert.equal(await ask(second.text), 200);
  // Planned anew, in the thread that runs already.
  assert.deepEqual([await compiled(), await plannerStarts()], [2, 1]);
});

test('a request under way ends although its key was revoked, and the next one is refused', async () => {
  await using subgraph = await createGatedSubgraph();
  const key = createTestKey();
  await using gateway = await createTestGateway({
    ownPlanner: true,
    subgraphs: [subgraph],
    keys: [key.record],
  });
  const ask = () => gateway.query('{ slow }', { headers: { 'x-api-key': key.text } });
  const early = ask();
  await subgraph.gate.arrived(1);
  await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph] }));
  const late = await ask();
  assert.equal(late.status, 401);
  assert.equal(subgraph.received.length, 1);
  subgraph.gate.open();
  assert.deepEqual((await early).body, { data: { slow: 'done' } });
});

test('a key that is revoked while another engine is built ends at once, and stays ended', async () => {
  await using subgraph = await createTestSubgraph(SDL);
  const key = createTestKey();
  await using gateway = await createTestGateway({
    ownPlanner: true,
    subgraphs: [subgraph],
    keys: [key.record],
  });
  const ask = async () => (await gateway.query('{ hello }', { headers: { 'x-api-key': key.text } })).status;
  assert.equal(await ask(), 200);
  const yaml = 'limits: { aliases: 49 }\n';
  // It was made before the key was revoked.
  const reloaded = gateway.gateway.reload(
    createTestSnapshot({ subgraphs: [subgraph], keys: [key.record], yaml }),
  );
  gateway.gateway.replaceKeys([]);
  assert.equal(await ask(), 401);
  await reloaded;
  assert.equal(gateway.gateway.settings.limits.aliases, 49);
  assert.equal(await ask(), 401);
  await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph], keys: [key.record] }));
  assert.equal(await ask(), 200);
});

test('both secrets of a rotation count until the old one ends; its use is counted and told', async () => {
  await using subgraph = await createTestSubgraph(SDL);
  const { text, record } = createTestKey();
  const old = createTestKey();
  const at = (endsAtMs: number) => ({
    ...record,
    secrets: [...record.secrets, ...old.record.secrets.map(({ verifier }) => ({ verifier, endsAtMs }))],
  });
  const oldText = createApiKeyWith(record.id, old.text);
  await using gateway = await createTestGateway({
    ownPlanner: true,
    subgraphs: [subgraph],
    keys: [at(Date.now() + 3_600_000)],
  });
  const ask = async (key: string) =>
    (await gateway.query('{ hello }', { headers: { 'x-api-key': key } })).status;
  const oldUses = async () => (await gateway.metrics.oldSecretUses.get()).values[0]?.value;

  assert.equal(await ask(text), 200);
  assert.equal(await oldUses(), 0);
  assert.equal(await ask(oldText), 200);
  assert.equal(await oldUses(), 1);
  assert.deepEqual(
    gateway.gateway.takeKeyUses().map(({ keyId, verifier }) => [keyId, verifier]),
    at(0).secrets.map(({ verifier }) => [record.id, verifier]),
  );
  assert.deepEqual(gateway.gateway.takeKeyUses(), []);

  await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph], keys: [at(Date.now() - 1)] }));
  assert.deepEqual([await ask(text), await ask(oldText)], [200, 401]);
});

/** The text of a key with this id and the secret of another text. */
function createApiKeyWith(id: string, text: string): string {
  const secret = text.split('_')[3] ?? '';
  return createApiKey('live', id, secret).text;
}
