import { z } from 'zod';

const kinds = (most: number) => z.int().min(1).max(most);

/** How it is counted who used what. */
export const usageSettings = z
  .strictObject({
    retentionDays: z
      .int()
      .min(1)
      .max(3_660)
      .default(400)
      .describe('How many days usage is kept, today among them.'),
    flushMs: z
      .int()
      .min(50)
      .max(4_000)
      .default(1_000)
      .describe(
        'How often workers hand on what they have counted, in milliseconds: the most that a kill -9 of a worker loses.',
      ),
    entries: kinds(1_000_000)
      .min(10)
      .default(10_000)
      .describe(
        'How many combinations of account, key, operation, client and day a worker counts apart before it hands them on. Beyond it sums stay exact and say no more than the account, then nothing ("*").',
      ),
    operationsPerDay: kinds(10_000_000)
      .default(10_000)
      .describe('How many operations are counted apart on one day; the others are counted together ("*").'),
    clientsPerDay: kinds(1_000_000)
      .default(1_000)
      .describe(
        'How many client applications are counted apart on one day; the others are counted together ("*").',
      ),
    spoolBytes: z
      .int()
      .min(65_536)
      .default(64 * 1_048_576)
      .describe(
        'How much usage is kept on disk, in the state directory, while the tables are away. Beyond it workers keep it in memory.',
      ),
  })
  .prefault({})
  .describe(
    'Usage: points, operations and refusals by account, key, operation, client and day (docs/usage.md).',
  );
