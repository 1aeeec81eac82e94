import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type BudgetLimits,
  type BudgetState,
  type BudgetStore,
  MICRO,
  monthOf,
  type Settlement,
  startOfMonth,
} from '../../../src/limits/budget/budget.ts';
import { createMemoryBudgetStore } from '../../../src/limits/budget/memory-budget-store.ts';
import { createRedisBudgetStore } from '../../../src/limits/budget/redis-budget-store.ts';
import { createRedisClient } from '../../../src/storage/redis.ts';
import { BudgetModel } from '../../kit/budget-model.ts';
import { startRedis, type TestRedis } from '../../kit/redis.ts';

const NEVER_FILLS: BudgetLimits = { bucketPoints: 100, refillPerSecond: 0, monthPoints: null };
let count = 0;
/** An account that nobody used before. */
const newAccount = () => `account {${++count}}`;

interface Fixture {
  readonly store: () => BudgetStore;
  /** Forgets everything, as a restart without a disk does. */
  readonly forget: () => Promise<void>;
}

/** What holds for every store. */
function behaveAsBudgets({ store, forget }: Fixture): void {
  const reserve = (account: string, requestId: string, points: number, limits = NEVER_FILLS) =>
    store().reserve({ account, requestId, points, limits });
  const settle = (
    account: string,
    requestId: string,
    points: number,
    kind: Settlement['kind'] = 'settle',
    limits = NEVER_FILLS,
  ) => store().settle({ account, requestId, points, kind, limits });
  const pointsOf = ({ levelMicro }: BudgetState) => levelMicro / MICRO;

  it('grants what is there, to the last point', async () => {
    const account = newAccount();
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, (_, index) => reserve(account, `r${index}`, 1)),
    );
    assert.equal(outcomes.filter(({ short }) => short === undefined).length, 100);
    assert.ok(outcomes.every(({ short }) => short === undefined || short === 'bucket'));
  });

  it('charges one request once, however often it is sent', async () => {
    const account = newAccount();
    await reserve(account, 'r', 30);
    const again = await reserve(account, 'r', 30);
    assert.deepEqual([again.short, pointsOf(again.state)], [undefined, 70]);
    await settle(account, 'r', 10);
    assert.equal(pointsOf(await settle(account, 'r', 10)), 90);
    assert.equal(pointsOf((await reserve(account, 'r', 30)).state), 90);
  });

  it('gives back what was not used, but for one point', async () => {
    const account = newAccount();
    await reserve(account, 'r', 30);
    assert.equal(pointsOf(await settle(account, 'r', 0)), 99);
  });

  it('charges what was used beyond the estimate, up to as much again', async () => {
    const account = newAccount();
    await reserve(account, 'a', 30);
    assert.equal(pointsOf(await settle(account, 'a', 45)), 55);
    await reserve(account, 'b', 30);
    assert.equal(pointsOf(await settle(account, 'b', 2_000_000)), -5);
    assert.equal((await reserve(account, 'c', 1)).short, 'bucket');
  });

  it('takes nothing for nothing', async () => {
    const account = newAccount();
    await reserve(account, 'a', 100);
    const free = await reserve(account, 'b', 0);
    assert.deepEqual([free.short, pointsOf(free.state)], [undefined, 0]);
  });

  it('gives nothing back for a request that it does not know', async () => {
    const account = newAccount();
    await reserve(account, 'a', 60);
    assert.equal(pointsOf(await settle(account, 'other', 1)), 40);
  });

  it('voids a reservation that arrives after it was cancelled', async () => {
    const account = newAccount();
    await settle(account, 'late', 0, 'cancel');
    assert.equal(pointsOf((await reserve(account, 'late', 50)).state), 100);
    await reserve(account, 'r', 50);
    assert.equal(pointsOf(await settle(account, 'r', 0, 'cancel')), 100);
  });

  it('charges what was spent elsewhere once', async () => {
    const account = newAccount();
    await settle(account, 'owed', 40, 'charge');
    assert.equal(pointsOf(await settle(account, 'owed', 40, 'charge')), 60);
  });

  it('counts a month besides the bucket', async () => {
    const account = newAccount();
    const limits = { ...NEVER_FILLS, monthPoints: 50 };
    const first = await reserve(account, 'a', 50, limits);
    assert.deepEqual([first.short, first.state.usedPoints], [undefined, 50]);
    assert.equal(first.state.month, monthOf(first.state.atMs));
    assert.equal((await reserve(account, 'b', 1, limits)).short, 'month');
    assert.equal((await settle(account, 'a', 20, 'settle', limits)).usedPoints, 20);
    assert.equal((await reserve(account, 'c', 30, limits)).short, undefined);
  });

  for (const points of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 2 ** 31]) {
    it(`takes ${points} for no amount`, async () => {
      const account = newAccount();
      await assert.rejects(reserve(account, 'r', points), RangeError);
      await assert.rejects(settle(account, 'r', points), RangeError);
      assert.equal(pointsOf((await reserve(account, 'r', 0)).state), 100);
    });
  }

  it('takes the greatest amount', async () => {
    assert.equal((await reserve(newAccount(), 'r', 2 ** 31 - 1)).short, 'bucket');
    const limits = { ...NEVER_FILLS, bucketPoints: 2 ** 31 - 1 };
    const account = newAccount();
    await reserve(account, 'r', 2 ** 31 - 1, limits);
    assert.equal(pointsOf(await settle(account, 'r', 2 ** 31 - 2, 'settle', limits)), 1);
  });

  it('is told by its callers what it forgot, by each of them', async () => {
    const account = newAccount();
    const early = (await reserve(account, 'a', 40)).state;
    const late = (await reserve(account, 'b', 50)).state;
    await forget();
    await new Promise((resolve) => setTimeout(resolve, 2));
    const tell = (requestId: string, known: BudgetState | undefined) =>
      store().reserve({ account, requestId, points: 5, limits: NEVER_FILLS, known });
    // Nobody remembers: a new account is full.
    assert.equal(pointsOf((await tell('c', undefined)).state), 95);
    assert.equal(pointsOf((await tell('d', early)).state), 50);
    // Of the 10 points that were left, 10 were spent meanwhile.
    assert.equal(pointsOf((await tell('e', late)).state), 0);
    assert.equal((await tell('f', early)).short, 'bucket');
  });

  it('does as an exact model does', async () => {
    const step = fc.record({
      kind: fc.constantFrom('reserve', 'reserve', 'settle', 'cancel', 'charge'),
      id: fc.nat(15).map(String),
      points: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const account = newAccount();
        const model = new BudgetModel(NEVER_FILLS, 0);
        for (const { kind, id, points } of steps) {
          if (kind === 'reserve') {
            const { short, state } = await reserve(account, id, points);
            assert.equal(short === undefined, model.reserve(id, points, 0));
            assert.equal(pointsOf(state), model.levelAt(0));
          } else {
            model[kind as 'settle'](id, points, 0);
            const state = await settle(account, id, points, kind as Settlement['kind']);
            assert.equal(pointsOf(state), model.levelAt(0));
          }
        }
      }),
      { seed: 100, numRuns: 60 },
    );
  });
}

describe('budgets in memory', () => {
  let now = Date.UTC(2026, 10, 22);
  let store = createMemoryBudgetStore(() => now);
  behaveAsBudgets({
    store: () => store,
    async forget() {
      now += 1;
      store = createMemoryBudgetStore(() => now);
    },
  });

  const limits: BudgetLimits = { bucketPoints: 100, refillPerSecond: 10, monthPoints: 150 };
  const reserve = (account: string, points: number) =>
    store.reserve({ account, requestId: `${++count}`, points, limits });

  it('refills by the millisecond, never beyond the bucket, and not when the clock steps back', async () => {
    const account = newAccount();
    await reserve(account, 100);
    now += 150;
    assert.equal((await reserve(account, 0)).state.levelMicro, 1.5 * MICRO);
    now -= 100_000;
    assert.equal((await reserve(account, 0)).state.levelMicro, 1.5 * MICRO);
    now += 200_000;
    assert.equal((await reserve(account, 0)).state.levelMicro, 100 * MICRO);
  });

  it('starts a new month with a new quota, which what was left of the old one is not added to', async () => {
    now = startOfMonth(monthOf(now) + 1) - 1;
    const account = newAccount();
    await store.reserve({ account, requestId: 'old', points: 100, limits });
    now += 20_000;
    assert.equal((await reserve(account, 60)).state.usedPoints, 60);
    const state = await store.settle({ account, requestId: 'old', points: 1, kind: 'settle', limits });
    assert.equal(state.usedPoints, 60);
  });

  it('does as an exact model does while the clock steps', async () => {
    const step = fc.record({
      kind: fc.constantFrom('reserve', 'settle'),
      id: fc.nat(15).map(String),
      points: fc.nat(80),
      elapsedMs: fc.integer({ min: -3_000, max: 9_000 }),
    });
    const filling: BudgetLimits = { bucketPoints: 100, refillPerSecond: 8, monthPoints: null };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const account = newAccount();
        const model = new BudgetModel(filling, now);
        let isFirst = true;
        for (const { kind, id, points, elapsedMs } of steps) {
          if (!isFirst) now += elapsedMs;
          isFirst = false;
          if (kind === 'reserve') {
            const { short } = await store.reserve({ account, requestId: id, points, limits: filling });
            assert.equal(short === undefined, model.reserve(id, points, now));
          } else {
            model.settle(id, points, now);
            const state = await store.settle({
              account,
              requestId: id,
              points,
              kind: 'settle',
              limits: filling,
            });
            assert.ok(Math.abs(state.levelMicro / MICRO - model.levelAt(now)) < 1e-6);
          }
        }
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe('budgets in Redis', () => {
  let redis: TestRedis;
  let store: BudgetStore;
  before(async () => {
    redis = await startRedis();
    const client = createRedisClient(redis.url, { name: 'test', commandTimeoutMs: 5_000 });
    await once(client, 'ready');
    store = createRedisBudgetStore(client);
  });
  after(async () => {
    await store.close();
    await redis[Symbol.asyncDispose]();
  });
  behaveAsBudgets({
    store: () => store,
    async forget() {
      await redis.command('FLUSHALL');
    },
  });

  it('knows the month of every day of four centuries', async () => {
    const script = (await import('../../../src/limits/budget/budget-script.ts')).BUDGET_SCRIPT;
    const body = /local function monthOf[\s\S]*?\nend\n/.exec(script)?.[0] ?? '';
    const days = Array.from({ length: 146_097 / 7 }, (_, week) => week * 7 * 86_400_000);
    const reply = await redis.command(
      'EVAL',
      `${body} local months = {} for i = 1, #ARGV do months[i] = monthOf(tonumber(ARGV[i])) end return months`,
      0,
      ...days.slice(0, 7_000),
    );
    assert.deepEqual(reply, days.slice(0, 7_000).map(monthOf));
  });

  it('takes no number for points that is none, whatever gets through to the script', async () => {
    const script = (await import('../../../src/limits/budget/budget-script.ts')).BUDGET_SCRIPT;
    const run = (kind: string, points: string) =>
      redis.command(
        ...(['EVAL', script, 2, '{evil}:budget', '{evil}:request:r'] as const),
        ...[kind, 100 * MICRO, 0, -1, points, 60_000, 60_000],
      );
    for (const kind of ['reserve', 'settle', 'charge', 'cancel']) {
      for (const points of [
        'nan',
        '-nan',
        '-1',
        '-1e300',
        '1e300',
        'inf',
        '-inf',
        '0.5',
        '2147483648',
        '',
        'x',
      ]) {
        await assert.rejects(run(kind, points), /BADPOINTS/, `${kind} ${points}`);
      }
    }
    // Nothing of it left a trace.
    assert.equal(await redis.command('EXISTS', '{evil}:budget', '{evil}:request:r'), 0);
    const [short, level] = (await run('reserve', '100')) as string[];
    assert.deepEqual([short, level], ['', '0']);
  });

  it('keeps one account in one slot, and nothing for ever', async () => {
    await redis.command('FLUSHALL');
    await store.reserve({ account: 'a}{b', requestId: 'r', points: 1, limits: NEVER_FILLS });
    const keys = (await redis.command('KEYS', '*')) as string[];
    assert.deepEqual(keys.sort(), ['tributary:{a%7D%7Bb}:budget', 'tributary:{a%7D%7Bb}:request:r']);
    for (const key of keys) assert.ok(Number(await redis.command('PTTL', key)) > 0);
  });
});
