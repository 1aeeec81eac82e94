import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseSeries } from '../../../subgraphs/price/history/close-series.ts';
import { ClosesCollector } from '../../../subgraphs/price/internal/closes-collector.ts';
import type { MarketDataProvider } from '../../../subgraphs/price/providers/market-data-provider.ts';
import { HOUR_MS } from '../../../subgraphs/shared/clock.ts';

/** A provider of hourly closes that fails for the tokens in `failing`, and tells the hour it was asked in. */
function createWorld(tokenIds: readonly string[]) {
  const failing = new Set<string>();
  let nowMs = 100 * HOUR_MS;
  let calls = 0;
  const provider = {
    capabilities: { publishDelayMs: 0 },
    async closes(id: string) {
      calls += 1;
      // A call takes a turn, so that the rounds of two periods can overlap.
      await new Promise(setImmediate);
      if (failing.has(id)) throw new Error(`${id} is away`);
      return id === 'none' ? undefined : new CloseSeries(nowMs, HOUR_MS, [String(nowMs / HOUR_MS)]);
    },
  } as unknown as MarketDataProvider;
  const collector = new ClosesCollector({
    provider,
    clock: { mode: 'fixed', offsetMs: 0, now: () => nowMs },
    interval: 'ONE_HOUR',
    tokenIds,
    patienceMs: 50,
    retryMs: 1,
  });
  return {
    failing,
    collector,
    calls: () => calls,
    passHour: () => {
      nowMs += HOUR_MS;
    },
    /** The close of each token as a reader gets it; undefined while there is no set. */
    async read() {
      const collected = await collector.collect();
      return (
        collected &&
        Object.fromEntries(Array.from(collected.closes, ([id, series]) => [id, series.values()[0]]))
      );
    },
    [Symbol.dispose]: () => collector.close(),
  };
}

test('gives nobody a part of the first round, and all of it when the last token has come', async () => {
  using world = createWorld(['a', 'b', 'none']);
  world.failing.add('b');
  assert.equal(await world.read(), undefined);
  assert.deepEqual(world.collector.progress, { told: 2, of: 3 });
  world.failing.clear();
  assert.deepEqual(await world.read(), { a: '100', b: '100' });
});

test('serves the old set on, whole, until a round is whole; asks once a period', async () => {
  using world = createWorld(['a', 'b', 'c']);
  assert.deepEqual(await world.read(), { a: '100', b: '100', c: '100' });
  const calls = world.calls();
  const [one, other] = [await world.collector.collect(), await world.collector.collect()];
  assert.equal(one, other);
  assert.equal(world.calls(), calls);
  world.passHour();
  world.failing.add('c');
  assert.deepEqual(await world.read(), { a: '100', b: '100', c: '100' });
  world.failing.clear();
  assert.deepEqual(await world.read(), { a: '101', b: '101', c: '101' });
});

test('an outage over many periods changes nothing in the set', async () => {
  using world = createWorld(['a', 'b', 'c']);
  const before = await world.read();
  for (const id of ['a', 'b', 'c']) world.failing.add(id);
  for (let hours = 0; hours < 3; hours += 1) {
    world.passHour();
    assert.deepEqual(await world.read(), before);
  }
  world.failing.delete('a');
  assert.deepEqual(await world.read(), before, 'one token alone is no set');
});

test('gives up on one of forty that has failed over a whole period, until it tells again', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `t${index}`);
  using world = createWorld(ids);
  await world.read();
  world.passHour();
  world.failing.add('t7');
  assert.equal((await world.read())?.t0, '100', 'not yet');
  world.passHour();
  const without = await world.read();
  assert.deepEqual([without?.t0, without?.t7, Object.keys(without ?? {}).length], ['102', undefined, 39]);
  world.failing.clear();
  assert.equal((await world.read())?.t7, '102');
});
