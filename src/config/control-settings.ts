import { z } from 'zod';

/** How changes of keys, schemas and documents come from the tables to the workers. */
export const controlSettings = z
  .strictObject({
    pollMs: z
      .int()
      .min(20)
      .max(600_000)
      .default(500)
      .describe(
        'How often the tables are asked whether another process has changed them, in milliseconds: the longest that a revoked key works on after a notice was lost.',
      ),
  })
  .prefault({})
  .describe('The control plane.');
