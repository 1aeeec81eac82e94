import { z } from 'zod';

/** Structural caps that hold for every caller, checked before an operation is planned. */
export const limitSettings = z
  .strictObject({
    documentBytes: z
      .int()
      .min(100)
      .default(65_536)
      .describe('The longest document, in bytes of UTF-8. Above it: QUERY_TOO_LARGE.'),
    tokens: z
      .int()
      .min(10)
      .default(10_000)
      .describe('The most lexical tokens of a document. Above it: QUERY_TOO_LARGE.'),
    depth: z
      .int()
      .min(1)
      .default(15)
      .describe('The deepest nesting of fields, from 1 at the root. Above it: QUERY_TOO_DEEP.'),
    introspectionDepth: z
      .int()
      .min(1)
      .default(20)
      .describe('The deepest nesting of fields below __schema and __type; the standard query is 15 deep.'),
    nesting: z
      .int()
      .min(2)
      .max(1_000)
      .default(50)
      .describe(
        'The deepest nesting of lists and objects in a variable or in a value of a document. Above it: QUERY_TOO_DEEP.',
      ),
    aliases: z
      .int()
      .min(0)
      .default(50)
      .describe('The most aliases of an operation. Above it: QUERY_TOO_COMPLEX.'),
    rootFields: z
      .int()
      .min(1)
      .default(50)
      .describe('The most root fields of an operation. Above it: QUERY_TOO_COMPLEX.'),
    selections: z
      .int()
      .min(1)
      .default(5_000)
      .describe(
        'The most selected fields of an operation once all fragments are expanded. Above it: QUERY_TOO_COMPLEX.',
      ),
    errors: z
      .int()
      .min(1)
      .default(100)
      .describe('The most errors that an answer lists; one more entry then says how many were left out.'),
  })
  .prefault({})
  .describe('Caps on the shape of operations and answers.');
