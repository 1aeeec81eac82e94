import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTradingWorld } from '../kit/trading-world.ts';

/** Who has the answer to a mutation reads what it wrote, whatever is under way for others. */

const TRADE = 'mutation { trade(id: "a") { id } }';

for (const layers of ['', 'operations: false', 'operations: false, coalesce: false, entities: false']) {
  for (const query of ['{ quote(id: "a") }', '{ tokens(ids: ["a"]) { price } }']) {
    test(`after a mutation ${query} joins no call from before it, with { ${layers} }`, async () => {
      await using world = await createTradingWorld(layers);
      const { gateway, price, priceGate, callers } = world;
      const ask = () => gateway.query(query, { headers: callers.ada });
      await ask();
      priceGate.close();
      const before = ask();
      await priceGate.arrived(2);
      assert.equal((await gateway.query(TRADE, { headers: callers.ada })).body.data.trade.id, 'a');
      const after = ask();
      // It waits for a call of its own.
      await priceGate.arrived(3);
      priceGate.open();
      assert.deepEqual((await before).body, (await after).body);
      assert.equal(price.received.length, 3);
    });
  }
}

test('a mutation that fails counts too: it may have been carried out', async () => {
  await using world = await createTradingWorld();
  const { gateway, price, priceGate } = world;
  const ask = () => gateway.query('{ quote(id: "a") }');
  await ask();
  priceGate.close();
  const before = ask();
  await priceGate.arrived(2);
  const { body } = await gateway.query('mutation { trade(id: "bad") { id } }');
  assert.equal(body.errors[0].extensions.code, 'SUBGRAPH_ERROR');
  const after = ask();
  await priceGate.arrived(3);
  priceGate.open();
  await Promise.all([before, after]);
  assert.equal(price.received.length, 3);
});

test('a snapshot that is swapped in between changes nothing about it', async () => {
  await using world = await createTradingWorld();
  const { gateway, portfolioGate, price, priceGate } = world;
  await gateway.query('{ quote(id: "a") }');
  portfolioGate.close();
  const trading = gateway.query(TRADE);
  await portfolioGate.arrived(1);
  await gateway.gateway.reload({ ...gateway.snapshot, id: 'next' });
  priceGate.close();
  const before = gateway.query('{ quote(id: "a") }');
  await priceGate.arrived(2);
  portfolioGate.open();
  await trading;
  const after = gateway.query('{ quote(id: "a") }');
  await priceGate.arrived(3);
  priceGate.open();
  await Promise.all([before, after]);
  assert.equal(price.received.length, 3);
});
