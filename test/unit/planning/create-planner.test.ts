import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createPlanner } from '../../../src/planning/create-planner.ts';
import { createPlannerThread } from '../../../src/planning/create-planner-thread.ts';
import { composeTestSupergraph } from '../../kit/gateway.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@inaccessible"])\n';
const url = 'http://127.0.0.1:1/graphql';

const SUPERGRAPH = composeTestSupergraph([
  {
    name: 'a',
    url,
    sdl: `${LINK}type Query { t: T } type T @key(fields: "id") { id: ID! "About a." a: Int secret: Int @inaccessible }`,
  },
  { name: 'b', url, sdl: `${LINK}type T @key(fields: "id") { id: ID! b: Int }` },
]);
/** Every field can come from every subgraph: the number of plans to weigh grows with the power of the fields. */
const MANY = ['a', 'b', 'c', 'd'].map((name) => ({
  name,
  url,
  sdl: `${LINK}type Query { t: T @shareable } type T @key(fields: "id") @shareable { id: ID! ${Array.from({ length: 30 }, (_, i) => `f${i}: T`).join(' ')} }`,
}));

const options = { supergraphSdl: SUPERGRAPH, budgetMs: 10_000, idleMs: 60_000 };

test('plans in a thread', async () => {
  const planner = createPlanner(options);
  const plan = await planner.plan({ document: '{ t { a b } }', operationName: undefined });
  assert.equal(plan.node?.kind, 'Sequence');
  await planner.close();
});

test('calls at the same time are all answered, each with its own plan', async () => {
  const planner = createPlanner(options);
  const documents = ['{ t { a } }', '{ t { b } }', 'query N { t { id } }'];
  const plans = await Promise.all(
    documents.map((document) => planner.plan({ document, operationName: undefined })),
  );
  assert.deepEqual(
    plans.map(({ node }) => node?.kind),
    ['Fetch', 'Sequence', 'Fetch'],
  );
  await planner.close();
});

test('one of several operations is planned by its name', async () => {
  const planner = createPlanner(options);
  const plan = await planner.plan({
    document: 'query A { t { a } } query B { t { b } }',
    operationName: 'A',
  });
  assert.equal(plan.node?.kind, 'Fetch');
  await planner.close();
});

test('a plan beyond the budget is refused, and the next one is planned', async () => {
  const planner = createPlanner({
    ...options,
    supergraphSdl: composeTestSupergraph(MANY),
    budgetMs: 300,
  });
  const level = (depth: number): string =>
    depth === 0
      ? '{ id }'
      : `{ ${Array.from({ length: 12 }, (_, i) => `f${i} ${level(depth - 1)}`).join(' ')} }`;
  const [complex, simple] = await Promise.allSettled([
    planner.plan({ document: `{ t ${level(3)} }`, operationName: undefined }),
    planner.plan({ document: '{ t { id } }', operationName: undefined }),
  ]);
  assert.equal(complex.status, 'rejected');
  assert.equal(complex.reason.code, 'PLAN_TOO_COMPLEX');
  assert.equal(simple.status, 'fulfilled');
  await planner.close();
});

test('the thread ends when idle and comes back when it is needed', async () => {
  let starts = 0;
  const planner = createPlanner({ ...options, idleMs: 1, onStart: () => starts++ });
  while (starts < 3) {
    const plan = await planner.plan({ document: '{ t { a } }', operationName: undefined });
    assert.equal(plan.node?.kind, 'Fetch');
    await setTimeout(2);
  }
  await planner.close();
});

test('the thread starts when it is needed or warmed up, and once', async () => {
  let starts = 0;
  const planner = createPlanner({ ...options, onStart: () => starts++ });
  assert.equal(starts, 0);
  const warm = [planner.warmUp(), planner.warmUp()];
  await planner.plan({ document: '{ t { a } }', operationName: undefined });
  await Promise.all(warm);
  assert.equal(starts, 1);
  await planner.close();
  await planner.warmUp();
  assert.equal(starts, 1);
});

test('what is no supergraph is refused', async () => {
  const planner = createPlanner({ ...options, supergraphSdl: 'type Query { a: Int }' });
  const request = { document: '{ a }', operationName: undefined };
  const attempts = [planner.warmUp(), planner.plan(request), planner.plan(request)];
  await Promise.all(attempts.map((attempt) => assert.rejects(attempt, { code: 'SUPERGRAPH_INVALID' })));
  await planner.close();
});

test('a closed planner refuses', async () => {
  const planner = createPlanner(options);
  await planner.close();
  await assert.rejects(planner.plan({ document: '{ t { a } }', operationName: undefined }), {
    code: 'INTERNAL_SERVER_ERROR',
  });
});

test('a plan that nobody waits for any more is not begun', async () => {
  const planner = createPlanner(options);
  const left = new AbortController();
  const first = planner.plan({ document: '{ t { a } }', operationName: undefined });
  const second = planner.plan({ document: '{ t { b } }', operationName: undefined }, left.signal);
  left.abort(new Error('left'));
  await assert.rejects(second, /left/);
  assert.equal((await first).node?.kind, 'Fetch');
  await planner.close();
});

test('more operations than may wait are refused at once', async () => {
  const planner = createPlanner(options);
  const request = { document: '{ t { a } }', operationName: undefined };
  const plans = Array.from({ length: 502 }, () => planner.plan(request));
  const outcomes = await Promise.allSettled(plans);
  assert.deepEqual(outcomes.map(({ status }) => status).filter((status) => status === 'rejected').length, 1);
  const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(refused?.reason.code, 'OVERLOADED');
  await planner.close();
});

test('one thread plans for several supergraphs; one that is refused or closed leaves the others as they are', async () => {
  let starts = 0;
  const thread = createPlannerThread(() => starts++);
  const first = createPlanner({ ...options, thread });
  const broken = createPlanner({ ...options, thread, supergraphSdl: 'type Query { a: Int }' });
  const second = createPlanner({ ...options, thread, supergraphSdl: composeTestSupergraph(MANY) });
  const request = { document: '{ t { a b } }', operationName: undefined };
  const other = { document: '{ t { f1 { id } } }', operationName: undefined };
  const [planned, refused] = await Promise.allSettled([
    first.plan(request),
    broken.warmUp(),
    second.warmUp(),
  ]);
  assert.equal(planned.status === 'fulfilled' && planned.value.node?.kind, 'Sequence');
  assert.equal(refused.status === 'rejected' && refused.reason.code, 'SUPERGRAPH_INVALID');
  assert.equal((await second.plan(other)).node?.kind, 'Fetch');
  await first.close();
  await assert.rejects(first.plan(request), { code: 'INTERNAL_SERVER_ERROR' });
  assert.equal((await second.plan(other)).node?.kind, 'Fetch');
  assert.equal(starts, 1);
  await thread.close();
  await assert.rejects(second.plan(other), { code: 'INTERNAL_SERVER_ERROR' });
});

test('a plan beyond the budget of one supergraph ends the thread, and the others are loaded again', async () => {
  let starts = 0;
  const thread = createPlannerThread(() => starts++);
  const simple = createPlanner({ ...options, thread });
  const many = createPlanner({ ...options, thread, supergraphSdl: composeTestSupergraph(MANY), budgetMs: 1 });
  const request = { document: '{ t { a b } }', operationName: undefined };
  await simple.plan(request);
  const fields = Array.from({ length: 12 }, (_, i) => `f${i} { f${i} { id } }`).join(' ');
  const dear = { document: `{ t { ${fields} } }`, operationName: undefined };
  await assert.rejects(many.plan(dear), { code: 'PLAN_TOO_COMPLEX' });
  assert.equal((await simple.plan(request)).node?.kind, 'Sequence');
  assert.equal(starts, 2);
  await thread.close();
});
