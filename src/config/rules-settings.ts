import { z } from 'zod';

/** Where the rules by field are, and how they run. */
export const rulesSettings = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .nullable()
      .default('auto')
      .describe(
        'A module with rules, relative to this file. auto: rules.ts beside the SDL, where there is one. null: directives alone.',
      ),
    timeoutMs: z
      .int()
      .min(1)
      .default(50)
      .describe('How long one rule may take, in milliseconds. After it, it refuses.'),
    version: z
      .string()
      .exactOptional()
      .describe('Filled in when the settings are read: the hash of the file, so that a change of it counts.'),
  })
  .prefault({})
  .describe('Rules by field, evaluated before anything is fetched.');
