import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { FieldWindow, WindowStore, WindowTake } from '../../../src/limits/windows/field-window.ts';
import { keepWindows } from '../../../src/limits/windows/keep-windows.ts';
import { createMemoryWindowStore } from '../../../src/limits/windows/memory-window-store.ts';
import { createRedisWindowStore } from '../../../src/limits/windows/redis-window-store.ts';
import type { WindowKeeper } from '../../../src/limits/windows/window-keeper.ts';
import { createRedisClient, type RedisClient } from '../../../src/storage/redis.ts';
import { createPricedSubgraph } from '../../kit/budget-gateway.ts';
import { OUTAGES } from '../../kit/budget-outage.ts';
import { createTestGateway } from '../../kit/gateway.ts';
import { until } from '../../kit/processes.ts';
import { startRedis, type TestRedis } from '../../kit/redis.ts';

const WINDOW: FieldWindow = { coordinate: 'Query.dear', max: 5, windowMs: 60_000 };
let ids = 0;
const newAccount = () => `account {${++ids}}`;
const takeOf = (account: string, more: Partial<WindowTake> = {}): WindowTake => ({
  account,
  window: WINDOW,
  id: `take ${++ids}`,
  count: 1,
  ...more,
});

let redis: TestRedis;
const clients: RedisClient[] = [];
async function connect(): Promise<RedisClient> {
  const client = createRedisClient(redis.url, { name: 'windows', commandTimeoutMs: 1_000 });
  clients.push(client);
  await once(client, 'ready');
  return client;
}

before(async () => {
  redis = await startRedis();
});
after(async () => {
  for (const client of clients) client.disconnect();
  await redis[Symbol.asyncDispose]();
});

/** What holds for every store. */
function behaveAsWindows(open: () => Promise<WindowStore>): void {
  it('grants exactly what a window holds, however many ask at the same moment', async () => {
    const store = await open();
    const account = newAccount();
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => store.take(takeOf(account))));
    assert.equal(outcomes.filter(({ isGranted }) => isGranted).length, 5);
    for (const { isGranted, used, waitMs } of outcomes) {
      if (!isGranted) assert.ok(used === 5 && waitMs > 50_000 && waitMs <= 60_000);
    }
  });

  it('takes all of an operation or nothing, once for its id, and gives back', async () => {
    const store = await open();
    const account = newAccount();
    const three = takeOf(account, { count: 3 });
    assert.deepEqual((await store.take(three)).isGranted, true);
    assert.equal((await store.take(takeOf(account, { count: 3 }))).isGranted, false);
    assert.equal((await store.take(three)).isGranted, true);
    assert.equal((await store.take(takeOf(account, { count: 2 }))).isGranted, true);
    assert.equal((await store.take(takeOf(account))).isGranted, false);
    await store.giveBack(three);
    await store.giveBack(three);
    assert.equal((await store.take(takeOf(account, { count: 3 }))).isGranted, true);
    assert.equal((await store.take(takeOf(account))).isGranted, false);
  });

  it('counts accounts and fields apart', async () => {
    const store = await open();
    const account = newAccount();
    const elsewhere = { ...WINDOW, coordinate: 'Mutation.dear' };
    assert.equal((await store.take(takeOf(account, { count: 5 }))).isGranted, true);
    assert.equal((await store.take(takeOf(account, { count: 5, window: elsewhere }))).isGranted, true);
    assert.equal((await store.take(takeOf(newAccount(), { count: 5 }))).isGranted, true);
  });

  it('says when there is room for so many, and has it then', async () => {
    const store = await open();
    const account = newAccount();
    const window = { ...WINDOW, windowMs: 1_000 };
    await store.enter({ take: takeOf(account, { window, count: 2 }), ageMs: 800 });
    await store.enter({ take: takeOf(account, { window, count: 3 }), ageMs: 300 });
    const [one, four] = await Promise.all([
      store.take(takeOf(account, { window })),
      store.take(takeOf(account, { window, count: 4 })),
    ]);
    assert.ok(one.waitMs > 0 && one.waitMs <= 200, String(one.waitMs));
    assert.ok(four.waitMs > one.waitMs && four.waitMs <= 700, String(four.waitMs));
    const startedMs = performance.now();
    await until(async () => (await store.take(takeOf(account, { window, count: 4 }))).isGranted);
    assert.ok(performance.now() - startedMs >= four.waitMs - 250);
  });

  it('enters what was granted elsewhere once', async () => {
    const store = await open();
    const account = newAccount();
    const entry = { take: takeOf(account, { count: 4 }), ageMs: 10 };
    await store.enter(entry);
    await store.enter(entry);
    assert.equal((await store.take(takeOf(account))).isGranted, true);
    assert.equal((await store.take(takeOf(account))).isGranted, false);
  });
}

describe('windows in memory', () => behaveAsWindows(async () => createMemoryWindowStore()));
describe('windows in Redis', () => {
  behaveAsWindows(async () => createRedisWindowStore(await connect()));

  it('are exact over several gateways', async () => {
    await using subgraph = await createPricedSubgraph();
    const yaml = 'fieldWindows: { Query.one: { max: 7 } }\nbudgets: { decisionTimeoutMs: 10000 }';
    await using first = await createTestGateway({ subgraphs: [subgraph], yaml, redis: await connect() });
    await using second = await createTestGateway({ subgraphs: [subgraph], yaml, redis: await connect() });
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const { status } = await (index % 2 === 0 ? first : second).query('{ one }');
        return status;
      }),
    );
    assert.equal(statuses.filter((status) => status === 200).length, 7);
    assert.equal(statuses.filter((status) => status === 429).length, 53);
  });

  it('refuse counts that are none', async () => {
    const store = createRedisWindowStore(await connect());
    for (const count of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
      await assert.rejects(store.take(takeOf(newAccount(), { count })), /BADCOUNT/);
    }
  });
});

describe('windows while Redis is away', () => {
  const names = ['killed, back empty', 'frozen', 'a replica (READONLY)'];
  for (const outage of OUTAGES.filter(({ name }) => names.includes(name))) {
    it(`stay within their bounds: ${outage.name}`, async () => {
      await using mine = await startRedis();
      const workers = 2;
      const account = newAccount();
      const window = { ...WINDOW, max: 60 };
      let skewMs = 0;
      let away = 0;
      const keepers: WindowKeeper[] = [];
      for (let index = 0; index < workers; index += 1) {
        const client = createRedisClient(mine.url, { name: `worker ${index}`, commandTimeoutMs: 1_000 });
        clients.push(client);
        await once(client, 'ready');
        const keeper = keepWindows(createRedisWindowStore(client), {
          workers,
          outageShare: 0.1,
          decisionTimeoutMs: 50,
          now: () => Date.now() + skewMs,
          onAway: () => {
            away += 1;
          },
          onBack: () => {
            away -= 1;
          },
        });
        keepers.push(keeper);
      }
      /** How many of so many takes, by all workers in turn, are granted. */
      const grant = async (count: number): Promise<number> => {
        let granted = 0;
        for (let index = 0; index < count; index += 1) {
          const outcome = await keepers[index % workers]?.take(takeOf(account, { window }));
          if (outcome?.isGranted === true) granted += 1;
          else assert.ok((outcome?.waitMs ?? 0) > 0);
        }
        return granted;
      };
      assert.equal(await grant(100), 60);
      await outage.begin(mine);
      // What was granted before may be in the window still: a tenth of the limit besides, and no more.
      const startedMs = performance.now();
      const blind = await grant(200);
      assert.ok(blind <= 6, String(blind));
      // One decision each waits for Redis; the others are made at once.
      assert.ok(performance.now() - startedMs < 1_000);
      // A window later nothing from before counts any more: each grants its half.
      skewMs = WINDOW.windowMs + 1_000;
      assert.equal(await grant(200), 60);
      await outage.end(mine);
      await until(() => away === 0);
      // What was granted meanwhile is known again, to both.
      assert.equal(await grant(20), 0);
      for (const keeper of keepers) keeper.close();
    });
  }

  it('a Redis that restarts empty between two operations is told what was granted', async () => {
    await using mine = await startRedis();
    const client = createRedisClient(mine.url, { name: 'gateway', commandTimeoutMs: 1_000 });
    clients.push(client);
    await once(client, 'ready');
    await using subgraph = await createPricedSubgraph();
    const yaml = 'fieldWindows: { Query.one: { max: 2 } }\nbudgets: { decisionTimeoutMs: 10000 }';
    await using gateway = await createTestGateway({ subgraphs: [subgraph], yaml, redis: client });
    assert.equal((await gateway.query('{ one }')).status, 200);
    assert.equal((await gateway.query('{ one }')).status, 200);
    // `once` would reject for the attempts that fail meanwhile.
    const isBack = new Promise((resolve) => client.once('ready', resolve));
    await mine.restart();
    await isBack;
    assert.equal((await gateway.query('{ one }')).status, 429);
    assert.equal(subgraph.received.length, 2);
  });

  it('a worker that is alone goes by what it has granted itself', async () => {
    await using mine = await startRedis();
    const client = createRedisClient(mine.url, { name: 'alone', commandTimeoutMs: 1_000 });
    clients.push(client);
    await once(client, 'ready');
    const options = { workers: 1, outageShare: 0.1, decisionTimeoutMs: 50 };
    const keeper = keepWindows(createRedisWindowStore(client), options);
    const account = newAccount();
    const grants = async () => (await keeper.take(takeOf(account))).isGranted;
    assert.deepEqual([await grants(), await grants()], [true, true]);
    await mine.kill();
    assert.deepEqual(
      [await grants(), await grants(), await grants(), await grants()],
      [true, true, true, false],
    );
    keeper.close();
  });
});
