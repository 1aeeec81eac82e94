import { z } from 'zod';

/** What of the API callers know of. */
export const contractSettings = z
  .strictObject({
    excludeTags: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'What carries one of these tags, such as internal and pii, is unknown to callers without one of `scopes`. None: everybody knows of everything.',
      ),
    scopes: z
      .array(z.string().min(1))
      .default(['platform:read', 'platform:write'])
      .describe('Who has one of these scopes knows of everything.'),
  })
  .prefault({})
  .describe('The public contract: which part of the schema a caller knows of.');
