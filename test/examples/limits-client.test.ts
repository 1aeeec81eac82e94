import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askWithinLimits, type Operation, type Outcome } from '../../examples/limits/ask-within-limits.ts';
import { type BudgetGateway, createBudgetGateway, smallTier } from '../kit/budget-gateway.ts';
import { createGate } from '../kit/gate.ts';
import { createTestGateway, createTestKey } from '../kit/gateway.ts';
import { createTestSubgraph } from '../kit/subgraph.ts';

const key = createTestKey({ tier: 'FREE' });
const TEN: Operation = { query: '{ ten }' };

async function createWorld(settings: string, more = ''): Promise<BudgetGateway> {
  return createBudgetGateway({ keys: [key.record], yaml: smallTier('FREE', settings) + more });
}

/** Asks, and notes the pauses that it makes. */
async function ask(
  { url }: Pick<BudgetGateway, 'url'>,
  operation: Operation,
): Promise<{ readonly outcome: Outcome; readonly pauses: readonly number[] }> {
  const pauses: number[] = [];
  const wait = (ms: number): Promise<void> => {
    pauses.push(ms);
    return new Promise((resolve) => setTimeout(resolve, ms));
  };
  return { outcome: await askWithinLimits({ url, apiKey: key.text }, operation, { wait }), pauses };
}

describe('the client of examples/limits', () => {
  it('waits as long as it is told, and gets its answer', async () => {
    await using gateway = await createWorld('bucketPoints: 10, refillPerSecond: 50');
    let { outcome, pauses } = await ask(gateway, TEN);
    // A slow first answer lets points flow in.
    while (pauses.length === 0) ({ outcome, pauses } = await ask(gateway, TEN));
    assert.deepEqual(outcome, { kind: 'answer', data: { ten: 10 }, errors: [], beyondPlan: [] });
    // Ten points at fifty a second, and a tenth more by chance.
    assert.ok(
      pauses.every((ms) => ms <= 220),
      String(pauses),
    );
  });

  it('waits no longer than its user, and says when to come back', async () => {
    await using gateway = await createWorld('bucketPoints: 10, refillPerSecond: 0.1');
    await ask(gateway, TEN);
    const { outcome, pauses } = await ask(gateway, TEN);
    assert.ok(outcome.kind === 'later' && !outcome.isMonthOver);
    assert.ok(outcome.atMs > Date.now() + 80_000);
    assert.deepEqual(pauses, []);
    assert.equal(gateway.subgraph.received.length, 1);
  });

  it('does the same where a field was asked for too often', async () => {
    await using gateway = await createWorld('', 'fieldWindows: { Query.ten: { max: 1 } }');
    await ask(gateway, TEN);
    const { outcome } = await ask(gateway, TEN);
    assert.ok(outcome.kind === 'later' && outcome.atMs > Date.now() + 30_000);
  });

  it('asks no more when the month is over', async () => {
    await using gateway = await createWorld('monthPoints: 10');
    await ask(gateway, TEN);
    const { outcome, pauses } = await ask(gateway, TEN);
    assert.ok(outcome.kind === 'later' && outcome.isMonthOver && outcome.atMs > Date.now());
    assert.deepEqual(pauses, []);
  });

  it('never sends again what is too dear, and knows what of it', async () => {
    await using gateway = await createWorld('operationPoints: 20');
    const { outcome, pauses } = await ask(gateway, { query: '{ ten items(first: 50) { name } }' });
    assert.deepEqual(outcome, { kind: 'too-dear', cost: 60, maxCost: 20, mostExpensive: 'items' });
    assert.deepEqual(pauses, []);
  });

  it('keeps an answer of which the plan restricts a part', async () => {
    await using subgraph = await createTestSubgraph({
      name: 'history',
      sdl: 'type Query { price: Int old: Int }',
      respond(_request, response) {
        const error = { message: 'beyond your plan', path: ['old'], extensions: { code: 'PLAN_RESTRICTED' } };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ data: { price: 1, old: null }, errors: [error] }));
      },
    });
    await using gateway = await createTestGateway({ subgraphs: [subgraph], keys: [key.record] });
    const { outcome } = await ask(gateway, { query: '{ price old }' });
    assert.ok(outcome.kind === 'answer');
    assert.deepEqual([outcome.data, outcome.beyondPlan], [{ price: 1, old: null }, ['old']]);
  });

  it('waits longer each time while the gateway is busy', async () => {
    const gate = createGate();
    gate.close();
    await using subgraph = await createTestSubgraph({
      name: 'slow',
      sdl: 'type Query { ten: Int }',
      resolvers: { Query: { ten: () => 10 } },
      hold: gate.pass,
    });
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      keys: [key.record],
      yaml: 'server: { concurrentOperations: 1 }',
    });
    const first = ask(gateway, TEN);
    await gate.arrived(1);
    const pauses: number[] = [];
    const outcome = await askWithinLimits({ url: gateway.url, apiKey: key.text }, TEN, {
      async wait(ms) {
        pauses.push(ms);
        if (pauses.length === 2) {
          gate.open();
          await first;
        }
      },
    });
    assert.equal(outcome.kind, 'answer');
    const [short = 0, long = 0] = pauses;
    assert.ok(short >= 250 && short <= 275 && long >= 500 && long <= 550, String(pauses));
  });

  it('sends nothing again that the app did wrong, and no mutation of which nobody knows whether it ran', async () => {
    await using gateway = await createWorld('');
    const wrong = await ask(gateway, { query: '{ nothing }' });
    assert.ok(wrong.outcome.kind === 'refused' && wrong.outcome.code === 'GRAPHQL_VALIDATION_FAILED');
    assert.deepEqual(wrong.pauses, []);
    const away = { url: 'http://127.0.0.1:9/graphql' };
    await assert.rejects(ask(away, { query: 'mutation { change }' }), TypeError);
    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    const query = await askWithinLimits({ ...away, apiKey: key.text }, TEN, { wait });
    assert.ok(query.kind === 'refused' && query.code === 'OVERLOADED');
    assert.equal(waits.length, 2);
  });
});
