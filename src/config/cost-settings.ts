import { z } from 'zod';

const coordinate = z.string().regex(/^\w+\.\w+$/, 'a coordinate such as Query.tokens');

/** Points, by the spans of history that the platform's SDL names: an upper bound of what they hold. */
const SIZES = {
  'PortfolioPerformance.series': {
    argument: 'range',
    sizes: {
      ONE_DAY: 2,
      ONE_WEEK: 8,
      ONE_MONTH: 31,
      THREE_MONTHS: 91,
      YEAR_TO_DATE: 367,
      ONE_YEAR: 366,
      ALL: 1_100,
    },
  },
  'PriceSeries.points': {
    argument: 'range',
    sizes: { ONE_DAY: 24, ONE_WEEK: 168, ONE_MONTH: 31, THREE_MONTHS: 91, ONE_YEAR: 366, MAX: 520 },
  },
};

/** What operations cost beyond what `@cost` and `@listSize` of the supergraph say. */
export const costSettings = z
  .strictObject({
    mutationPoints: z
      .int()
      .min(0)
      .default(10)
      .describe('The weight of a root field of a mutation that has no @cost, in points.'),
    introspectionPoints: z
      .int()
      .min(0)
      .default(10)
      .describe('What __schema and __type cost each, whatever is selected below, in points.'),
    sizes: z
      .record(
        coordinate,
        z.strictObject({
          argument: z
            .string()
            .min(1)
            .describe('The argument, of the field itself or of the nearest field around it.'),
          sizes: z
            .record(z.string(), z.int().min(0).max(1_000_000))
            .describe(
              'Items by the value of the argument; for a value that is not listed, @listSize decides.',
            ),
        }),
      )
      .default(SIZES)
      .describe('Lists whose size follows from an argument that is no number, by coordinate.'),
  })
  .prefault({})
  .describe('How the cost of an operation is worked out (docs/limits.md).');
