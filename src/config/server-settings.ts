import { z } from 'zod';

/** How the public listener behaves. */
export const serverSettings = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('The address to listen on.'),
    port: z.int().min(0).max(65535).default(4000).describe('The port to listen on; 0 means any free one.'),
    workers: z.int().min(1).max(64).default(1).describe('How many worker processes serve requests.'),
    bodyLimitBytes: z
      .int()
      .min(1024)
      .default(1_048_576)
      .describe('The largest request body, in bytes. Above it: 413 PAYLOAD_TOO_LARGE.'),
    headerLimitBytes: z
      .int()
      .min(4096)
      .default(16_384)
      .describe('The largest block of request headers, in bytes.'),
    requestTimeoutMs: z
      .int()
      .min(100)
      .default(15_000)
      .describe('How long a client may take to send one request, in milliseconds.'),
    operationTimeoutMs: z
      .int()
      .min(10)
      .default(10_000)
      .describe(
        'How long one operation may run, over all of its calls to subgraphs, in milliseconds. What is missing then: SUBGRAPH_TIMEOUT.',
      ),
    drainTimeoutMs: z
      .int()
      .min(0)
      .default(10_000)
      .describe('How long requests under way may take to end when a worker stops, in milliseconds.'),
    concurrentOperations: z
      .int()
      .min(1)
      .default(2_000)
      .describe('How many operations one worker runs at the same time. Above it: 503 OVERLOADED.'),
    trustedProxies: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Addresses and ranges (CIDR) of proxies in front, whose X-Forwarded-For is believed. Nobody else may say from where a request comes.',
      ),
    batching: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe('Whether a POST may hold an array of operations. Otherwise: 400 BAD_REQUEST.'),
        limit: z
          .int()
          .min(1)
          .max(10)
          .default(10)
          .describe('How many operations one array may hold. Above it: 400 BAD_REQUEST.'),
      })
      .prefault({})
      .describe('Arrays of operations in one request; each is admitted, costed and answered by itself.'),
    sandbox: z.boolean().default(true).describe('Whether a browser that opens /graphql gets Apollo Sandbox.'),
    cors: z
      .strictObject({
        origins: z
          .array(z.string().min(1))
          .default(['*'])
          .describe(
            'The origins of web apps that may read answers. Keys travel in headers, never in cookies, so "*" is safe.',
          ),
        maxAgeSeconds: z
          .int()
          .min(0)
          .default(7200)
          .describe('How long browsers may keep the answer to a preflight, in seconds.'),
      })
      .prefault({})
      .describe('Cross-origin access from browsers.'),
  })
  .prefault({})
  .describe('The public listener.');

/** How the admin listener behaves. */
export const adminSettings = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('The address to listen on; keep it off the internet.'),
    port: z.int().min(0).max(65535).default(4100).describe('The port to listen on; 0 means any free one.'),
    bodyLimitBytes: z
      .int()
      .min(1024)
      .default(8 * 1_048_576)
      .describe(
        'The largest request body, in bytes: a schema of the largest kind, or a manifest of a few thousand operations. Above it: 413 PAYLOAD_TOO_LARGE.',
      ),
  })
  .prefault({})
  .describe('The admin listener: metrics and control.');
