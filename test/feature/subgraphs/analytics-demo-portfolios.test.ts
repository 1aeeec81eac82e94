import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY_MS, RECORDING_END_MS } from '../../../subgraphs/shared/clock.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';
import type { CloseSeries } from '../../../subgraphs/shared/market-copy.ts';
import { createAnalyticsWorld, reader } from '../../kit/analytics-world.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { naivePerformance } from '../../kit/naive-performance.ts';
import { plainRisk } from '../../kit/plain-risk.ts';
import { market, readAllTokens, readCloses, universe } from '../../kit/read-recordings.ts';
import {
  ADA,
  GRACE,
  LONG_TERM,
  MAIN,
  startTestPortfolio,
  type TestPortfolio,
  TRADING,
} from '../../kit/test-portfolio.ts';

const TOLERANCE = 1e-9;
const END_DAY = RECORDING_END_MS / DAY_MS;

interface Portfolio {
  readonly baseCurrency: string;
  readonly positions: readonly { readonly quantity: string; readonly token: { readonly id: string } }[];
  readonly ledger: readonly {
    readonly at: string;
    readonly quantityDelta: string;
    readonly externalFlow: string;
    readonly token: { readonly id: string };
  }[];
}

/** The recorded closes of some tokens, those that have any. */
async function readSeries(ids: Iterable<string>): Promise<Record<string, CloseSeries>> {
  const series: Record<string, CloseSeries> = {};
  for (const id of ids) {
    const folder = id === 'bitcoin' || id === 'ethereum' ? market : universe;
    const closes = await readCloses(folder, id).catch(() => []);
    if (closes[0] !== undefined)
      series[id] = { from: closes[0].day, values: closes.map(({ close }) => close || null) };
  }
  return series;
}

const entities = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { ';

/** The recorded ledgers and closes, through the portfolio and the analytics subgraph, against plain computations. */
describe('performance and risk of the demonstration portfolios', () => {
  let portfolios: TestPortfolio;
  let analytics: Awaited<ReturnType<typeof createAnalyticsWorld>>;
  let series: Record<string, CloseSeries>;

  before(async () => {
    portfolios = await startTestPortfolio();
    const tokens = await readAllTokens();
    series = await readSeries(tokens.map(({ id }) => id));
    analytics = await createAnalyticsWorld({
      tokens: tokens.map(({ id, symbol, name }) => {
        return { id, symbol, name, status: 'ACTIVE', categories: [], chainIds: [] };
      }),
      closes: series,
      market: { asOf: '2026-08-08T00:00:00Z', tokens: [] },
    });
  });
  after(async () => {
    await analytics[Symbol.asyncDispose]();
    await portfolios[Symbol.asyncDispose]();
  });

  const readPortfolio = async (id: string, owner: typeof ADA): Promise<Portfolio> => {
    const { data, errors } = await portfolios.ask(
      `query ($id: ID!) { portfolio(id: $id) { baseCurrency positions { quantity token { id } }
        ledger { at quantityDelta externalFlow token { id } } } }`,
      { id },
      owner,
    );
    assert.deepEqual(errors, []);
    return data.portfolio;
  };
  const ask = async (portfolio: Portfolio, selection: string) => {
    const representations = [{ __typename: 'Portfolio', id: 'pf', ...portfolio }];
    const query = `${entities} ... on Portfolio { ${selection} } } }`;
    const { data, errors } = await analytics.ask(query, { representations }, reader);
    assert.deepEqual(errors, []);
    return data._entities[0];
  };

  for (const [name, id, owner] of [
    ['Long-term', LONG_TERM, ADA],
    ['Trading', TRADING, ADA],
    ['Main', MAIN, GRACE],
  ] as const) {
    for (const [range, fromDay] of [
      ['ONE_MONTH', () => END_DAY - 30],
      ['ONE_YEAR', () => END_DAY - 365],
      ['ALL', (begin: number) => begin],
    ] as const) {
      test(`${name}: performance of ${range}`, async () => {
        const portfolio = await readPortfolio(id, owner);
        const { performance: found } = await ask(
          portfolio,
          `performance(range: ${range}) { from to startValue { amount } endValue { amount } netFlows { amount }
            gain { amount } timeWeightedReturn moneyWeightedReturn series { at value { amount } cumulativeReturn } }`,
        );
        const ledger = portfolio.ledger.map(({ at, token, quantityDelta, externalFlow }) => ({
          at: Date.parse(at),
          token: token.id,
          quantityDelta: new Decimal(quantityDelta),
          externalFlow: new Decimal(externalFlow),
        }));
        const expected = naivePerformance({ ledger, series, currency: 'USD', endDay: END_DAY, fromDay });
        assert.equal(Date.parse(found.from), expected.start * DAY_MS);
        assert.equal(Date.parse(found.to), END_DAY * DAY_MS);
        assert.equal(found.series.length, expected.values.length);
        for (const [index, { value, cumulativeReturn }] of found.series.entries()) {
          assertClose(Number(value.amount), expected.values[index] as number, TOLERANCE);
          assertClose(cumulativeReturn, expected.cumulative[index] as number, TOLERANCE);
        }
        const [startValue, endValue] = [expected.values[0] as number, expected.values.at(-1) as number];
        assertClose(Number(found.startValue.amount), startValue, TOLERANCE);
        assertClose(Number(found.endValue.amount), endValue, TOLERANCE);
        assertClose(Number(found.netFlows.amount), expected.netFlows, TOLERANCE);
        assertClose(Number(found.gain.amount), endValue - startValue - expected.netFlows, TOLERANCE);
        assertClose(found.timeWeightedReturn, expected.cumulative.at(-1) as number, TOLERANCE);
        // By its definition: at this rate, what was put in is worth at the end what came out.
        const growthOf = (days: number) => (1 + found.moneyWeightedReturn) ** (days / 365);
        const grown = expected.flows.map((flow, index) => flow * growthOf(expected.flows.length - index));
        const worth = grown.reduce(
          (sum, flow) => sum + flow,
          startValue * growthOf(expected.flows.length - 1),
        );
        assertClose(worth, endValue, TOLERANCE);
      });
    }

    test(`${name}: risk`, async () => {
      const portfolio = await readPortfolio(id, owner);
      const fields = `observations totalReturn annualizedVolatility sharpeRatio sortinoRatio maxDrawdown calmarRatio
        beta correlation valueAtRisk95 conditionalValueAtRisk95`;
      const { risk } = await ask(portfolio, `risk(window: DAYS_365, riskFreeRate: 0.03) { ${fields} }`);
      const closeOn = (token: string, day: number): number => {
        const { from, values } = series[token] ?? { from: '1970-01-01', values: [] };
        return Number(values[day - Date.parse(from) / DAY_MS] ?? Number.NaN);
      };
      const priced = portfolio.positions.filter(({ token }) => closeOn(token.id, END_DAY - 1) > 0);
      const valueOn = (day: number) =>
        priced.reduce((sum, { quantity, token }) => sum + Number(quantity) * closeOn(token.id, day), 0);
      const all = Array.from({ length: 366 }, (_, index) => END_DAY - 366 + index);
      const days = all.slice(all.findLastIndex((day) => Number.isNaN(valueOn(day))) + 1);
      const benchmark = days.map((day) => closeOn('bitcoin', day));
      const expected = plainRisk(days.map(valueOn), benchmark, 0.03);
      for (const field of fields.split(/\s+/) as (keyof typeof expected)[])
        assertClose(risk[field], expected[field], TOLERANCE);
    });
  }
});
