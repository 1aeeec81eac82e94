import { z } from 'zod';

/** What the registry of subgraphs takes, and how a publish is checked. */
export const registrySettings = z
  .strictObject({
    compositionTimeoutMs: z
      .int()
      .min(100)
      .default(10_000)
      .describe(
        'The longest that composition, and the analysis after it, may take for a publish, in milliseconds; of CPU time where cores are short, but at most three times as long.',
      ),
    compositionMemoryMb: z
      .int()
      .min(64)
      .default(512)
      .describe('The most memory of each of the two, in megabytes of heap.'),
    sdlLimitBytes: z
      .int()
      .min(1024)
      .default(2 * 1_048_576)
      .describe('The largest SDL of a subgraph, in bytes. Above it: PAYLOAD_TOO_LARGE.'),
    publishesPerMinute: z
      .int()
      .min(1)
      .default(60)
      .describe(
        'How many checks and publishes are run in a minute, of all publishers. Above it: RATE_LIMITED.',
      ),
    usageDays: z
      .int()
      .min(1)
      .max(366)
      .default(30)
      .describe('How many days back an operation counts as used, for breaking changes.'),
    checkedOperations: z
      .int()
      .min(0)
      .max(5_000)
      .default(200)
      .describe('How many of the operations in use, the most used first, a check looks at.'),
  })
  .prefault({})
  .describe('The registry of subgraphs.');

/** Where calls to published subgraphs may go. */
export const egressSettings = z
  .strictObject({
    allow: z
      .array(z.enum(['private', 'loopback', 'linkLocal']))
      .default(['private'])
      .describe(
        'Networks beside the public ones that published routing URLs and webhooks may lead to: private, loopback, linkLocal. Services of metadata stay closed.',
      ),
  })
  .prefault({})
  .describe('Where published routing URLs may lead, checked at each connection. Those of files are trusted.');
