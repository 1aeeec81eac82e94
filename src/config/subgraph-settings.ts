import { z } from 'zod';

const timeoutMs = z
  .int()
  .min(10)
  .describe('The deadline of one call to the subgraph, in milliseconds. After it: SUBGRAPH_TIMEOUT.');
const responseLimitBytes = z
  .int()
  .min(1024)
  .describe('The largest answer, in bytes after inflation. Above it: SUBGRAPH_RESPONSE_TOO_LARGE.');
const connections = z.int().min(1).describe('The most sockets that one worker opens to the subgraph.');

/** How subgraphs are called: `all` holds for every one, `overrides` by name. */
export const subgraphSettings = z
  .strictObject({
    all: z
      .strictObject({
        timeoutMs: timeoutMs.default(2_000),
        responseLimitBytes: responseLimitBytes.default(8 * 1_048_576),
        connections: connections.default(64),
      })
      .prefault({})
      .describe('What holds for every subgraph.'),
    overrides: z
      .record(
        z.string(),
        z.strictObject({
          timeoutMs: timeoutMs.optional(),
          responseLimitBytes: responseLimitBytes.optional(),
          connections: connections.optional(),
        }),
      )
      .default({})
      .describe('What differs for a subgraph, by its name.'),
  })
  .prefault({})
  .describe('Calls to subgraphs.');
