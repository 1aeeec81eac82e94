import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

const accounts = (ids: readonly string[]) => ids.map((id) => ({ id }));
const subgraphs: EngineSubgraph[] = [
  {
    name: 'users',
    sdl: `
      type Query { users: [User!]! }
      type User @key(fields: "id") @context(name: "user") {
        id: ID! currency: String accounts: [[Account!]] }
      type Account @key(fields: "id") {
        id: ID! balance(currency: String @fromContext(field: "$user { currency }")): String }`,
    resolvers: {
      Query: {
        users: () => [
          { id: '1', currency: 'EUR', accounts: [accounts(['a', 'b']), null] },
          { id: '2', currency: 'USD', accounts: [accounts(['c'])] },
          { id: '3', currency: 'EUR', accounts: [accounts(['d'])] },
        ],
      },
      Account: {
        balance: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}`,
      },
    },
  },
  {
    name: 'owners',
    sdl: 'type Account @key(fields: "id") { id: ID! owner: String }',
    resolvers: { Account: { owner: () => 'Ann' } },
  },
];

test('sets arguments from context, one request for each set of values', async () => {
  const engine = createTestEngine({ subgraphs });
  const { data, errors } = await engine.run('{ users { accounts { balance owner } } }');
  assert.equal(errors, undefined);
  const account = (balance: string) => ({ balance, owner: 'Ann' });
  assert.deepEqual(data, {
    users: [
      { accounts: [[account('a in EUR'), account('b in EUR')], null] },
      { accounts: [[account('c in USD')]] },
      { accounts: [[account('d in EUR')]] },
    ],
  });
  const asked = engine.calls.filter(({ query }) => query.includes('balance'));
  assert.deepEqual(
    asked.map(({ variables }) => (variables.representations as { id: string }[]).map(({ id }) => id)),
    [['a', 'b', 'd'], ['c']],
  );
});

test('is refused by the stock gateway at start', async () => {
  const engine = createTestEngine({ subgraphs });
  await assert.rejects(engine.runStock('{ users { accounts { owner } } }'), /context/);
});
