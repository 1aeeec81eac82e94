import { z } from 'zod';

/** How long answers to GET may be kept by browsers and CDNs. */
export const cacheSettings = z
  .strictObject({
    maxAges: z
      .record(
        z.string().regex(/^[_A-Za-z]\w*(\.[_A-Za-z]\w*)?$/, 'a coordinate: Type or Type.field'),
        z.int().min(0).max(31_536_000),
      )
      .default({})
      .describe(
        'Seconds by coordinate, for example { Query.markets: 10, Token.price: 5 }. An answer lives as long as its shortest.',
      ),
  })
  .prefault({})
  .describe(
    'Cache-Control of answers to GET. A root field that is not named keeps its answer from being kept.',
  );

export type CacheSettings = z.infer<typeof cacheSettings>;
