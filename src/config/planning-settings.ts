import { z } from 'zod';

/** How operations are planned. */
export const planningSettings = z
  .strictObject({
    budgetMs: z
      .int()
      .min(10)
      .default(2_000)
      .describe(
        'The longest that planning one operation may take, in milliseconds. After it: PLAN_TOO_COMPLEX.',
      ),
    idleMs: z
      .int()
      .min(1_000)
      .default(60_000)
      .describe('How long the planner is kept in memory without work, in milliseconds.'),
    cacheBytes: z
      .int()
      .min(1_048_576)
      .default(64 * 1_048_576)
      .describe(
        'The most memory that compiled operations may take, in bytes, as estimated from their plans; as much again for published documents, which others never push out.',
      ),
  })
  .prefault({})
  .describe('Planning of operations, in a thread of its own.');
