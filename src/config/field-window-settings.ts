import { z } from 'zod';

const coordinate = z.string().regex(/^\w+\.\w+$/, 'a coordinate such as Query.searchTokens');

/** Fields that are dear beyond their points: a provider's search, an import of thousands of entries. */
const WINDOWS = {
  'Mutation.importTransactions': { max: 5, seconds: 60 },
  'Query.searchTokens': { max: 60, seconds: 60 },
};

/** How often root fields may be asked for, whatever they cost. */
export const fieldWindowSettings = z
  .record(
    coordinate,
    z.strictObject({
      max: z
        .int()
        .min(1)
        .max(10_000)
        .describe('How often the field may be asked for in the window; each alias counts.'),
      seconds: z
        .int()
        .min(1)
        .max(86_400)
        .default(60)
        .describe('The length of the window, which slides, in seconds.'),
    }),
  )
  .default(WINDOWS)
  .describe(
    'How often an account (without a key: an address) may ask for root fields, by coordinate. Above it: RATE_LIMITED.',
  );

export type FieldWindowSettings = z.infer<typeof fieldWindowSettings>;
