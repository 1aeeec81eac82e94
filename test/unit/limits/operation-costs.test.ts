import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { breakDownCost } from '../../../src/limits/cost/estimate-cost.ts';
import { compileTestCost, estimateQuery, platformCostModel } from '../../kit/cost-model.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `token-${index}`);

/** The operations of `schema/operations` and their price lists: points, as `docs/limits.md` tells them. */
const COSTS: readonly (readonly [string, Readonly<Record<string, unknown>>, number])[] = [
  ['01-dashboard', {}, 276],
  ['02-token-page', {}, 64],
  ['03-watchlist', {}, 803],
  ['04-quotes', { ids: ids(100) }, 300],
  ['05-transactions', {}, 110],
  // By the span: 5 tokens of 31 points, where an unknown span would have 180.
  ['06-compare-chart', { ids: ids(5), range: 'ONE_MONTH' }, 201],
  ['06-compare-chart', { ids: ids(5), range: 'ONE_YEAR' }, 1876],
  // By the span as well: 91 points of two objects each, where an unknown span would have 90.
  ['07-performance', { range: 'THREE_MONTHS' }, 294],
  ['08-my-news', {}, 186],
  ['09-search', {}, 94],
  ['10-market-screen', {}, 1255],
  ['11-add-transaction', {}, 27],
  ['13-home', {}, 68],
];

describe('the costs of the platform’s operations', () => {
  const model = platformCostModel();
  const read = (name: string) => readFileSync(`schema/operations/${name}.graphql`, 'utf8');
  for (const [name, variables, points] of COSTS) {
    it(`${name} costs ${points}`, () => {
      assert.equal(estimateQuery(model, read(name), variables), points);
    });
  }

  it('adds up by field, and tells who resolves what', () => {
    const costs = breakDownCost(compileTestCost(model, read('01-dashboard')), {});
    assert.equal(
      costs.reduce((sum, { points }) => sum + points, 0),
      276,
    );
    const bySubgraph = Object.groupBy(costs, ({ subgraph }) => subgraph ?? '');
    const sums = Object.entries(bySubgraph).map(([subgraph, fields = []]) => [
      subgraph,
      fields.reduce((sum, { points }) => sum + points, 0),
    ]);
    assert.deepEqual(Object.fromEntries(sums), { portfolio: 63, price: 128, analytics: 85 });
  });
});
