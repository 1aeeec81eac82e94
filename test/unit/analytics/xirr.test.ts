import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CashFlow, xirr } from '../../../subgraphs/analytics/metrics/xirr.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';
import { assertClose } from '../../kit/assert-close.ts';

/** A CommonJS package without types. */
const oracle = createRequire(import.meta.url)('xirr') as (
  transactions: readonly { readonly amount: number; readonly when: Date }[],
) => number;

test("gives the rate of the example of Excel's XIRR", () => {
  const flows: readonly (readonly [string, number])[] = [
    ['2008-01-01', -10_000],
    ['2008-03-01', 2750],
    ['2008-10-30', 4250],
    ['2009-02-15', 3250],
    ['2009-04-01', 2750],
  ];
  const rate = xirr(flows.map(([date, amount]) => ({ day: Date.parse(date) / DAY_MS, amount })));
  assert.equal(rate?.toFixed(8), '0.37336253');
});

const investments = fc
  .array(
    fc.record({ day: fc.integer({ min: 0, max: 700 }), amount: fc.integer({ min: -10_000, max: -100 }) }),
    { minLength: 1, maxLength: 20 },
  )
  .chain((flows) =>
    fc.record({
      flows: fc.constant(flows as CashFlow[]),
      day: fc.integer({ min: 1100, max: 2000 }),
      growth: fc.double({ min: 0.5, max: 3, noNaN: true }),
    }),
  )
  .map(({ flows, day, growth }) => [
    ...flows,
    { day, amount: -growth * flows.reduce((sum, { amount }) => sum + amount, 0) },
  ]);

test('agrees with the package xirr where money goes in first and comes out last', () => {
  fc.assert(
    fc.property(investments, (flows) => {
      const expected = oracle(
        flows.map(({ day, amount }) => ({ amount, when: new Date(Date.UTC(2020, 0, 1) + day * DAY_MS) })),
      );
      assertClose(xirr(flows), expected, 1e-6);
    }),
  );
});

test('discounts all flows to zero', () => {
  fc.assert(
    fc.property(investments, (flows) => {
      const rate = xirr(flows) as number;
      const firstDay = Math.min(...flows.map(({ day }) => day));
      const values = flows.map(({ day, amount }) => amount * (1 + rate) ** ((firstDay - day) / 365));
      const total = values.reduce((sum, value) => sum + Math.abs(value), 0);
      assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0)) < total * 1e-9);
    }),
  );
});

test('finds by bisection what Newton leaves its way to', () => {
  assertClose(
    xirr([
      { day: 0, amount: -1000 },
      { day: 365, amount: 1 },
    ]),
    -0.999,
    1e-9,
  );
  assertClose(
    xirr([
      { day: 0, amount: -1 },
      { day: 365, amount: 900_001 },
    ]),
    900_000,
    1e-9,
  );
});

test('has no rate without a change of sign, on one day, or beyond its bounds', () => {
  assert.equal(xirr([]), null);
  assert.equal(
    xirr([
      { day: 0, amount: -1 },
      { day: 9, amount: -2 },
    ]),
    null,
  );
  assert.equal(
    xirr([
      { day: 5, amount: -1 },
      { day: 5, amount: 2 },
    ]),
    null,
  );
  assert.equal(
    xirr([
      { day: 0, amount: -1 },
      { day: 1, amount: 2 },
    ]),
    null,
  );
});
