import { z } from 'zod';

/** The ranges, units and meanings of what can be set for a subgraph; defaults are those of `all`. */
const SHAPE = {
  timeoutMs: z
    .int()
    .min(10)
    .describe(
      'The deadline of one call to the subgraph, retry included, in milliseconds. After it: SUBGRAPH_TIMEOUT.',
    ),
  responseLimitBytes: z
    .int()
    .min(1024)
    .describe('The largest answer, in bytes after inflation. Above it: SUBGRAPH_RESPONSE_TOO_LARGE.'),
  responseDepth: z
    .int()
    .min(4)
    .describe(
      'The deepest nesting of objects and lists in an answer, from 1 at the answer itself. Above it: SUBGRAPH_INVALID_RESPONSE.',
    ),
  connections: z.int().min(1).describe('The most sockets that one worker opens to each URL of the subgraph.'),
  pipelining: z
    .int()
    .min(1)
    .max(100)
    .describe(
      'How many queries may be under way on one HTTP/1.1 socket. Above 1 a slow answer holds up those behind it.',
    ),
  allowH2: z
    .boolean()
    .describe('Whether HTTP/2 is spoken with subgraphs behind TLS that offer it; others get HTTP/1.1.'),
  queuedCalls: z
    .int()
    .min(0)
    .describe(
      'How many calls wait while `connections` × `pipelining` are under way to each URL. Above it: SUBGRAPH_UNAVAILABLE at once.',
    ),
} as const;

const RETRY_SHAPE = {
  share: z
    .number()
    .min(0)
    .max(1)
    .describe('The most retries, as a share of the calls of the window: 0.1 is 10 %. 0 means: no retries.'),
  minimum: z
    .int()
    .min(0)
    .describe('How many retries a window may hold although the share of its calls is less.'),
  windowMs: z.int().min(100).describe('The length of the sliding window, in milliseconds.'),
} as const;

const BREAKER_SHAPE = {
  enabled: z.boolean().describe('Whether calls stop for a while when too many of them fail.'),
  failureShare: z
    .number()
    .min(0.01)
    .max(1)
    .describe('The share of failed and slow calls in the window at which the breaker opens: 0.5 is 50 %.'),
  minimumCalls: z.int().min(1).describe('How many calls a window must hold before the breaker may open.'),
  windowMs: z.int().min(100).describe('The length of the sliding window, in milliseconds.'),
  slowShare: z
    .number()
    .min(0.01)
    .max(1)
    .describe(
      'The share of `timeoutMs` above which a call that was answered counts as failed: 0.8 is 80 %. 1 means: none does.',
    ),
  openMs: z
    .int()
    .min(10)
    .describe('How long the breaker stays open before it tries one call, in milliseconds.'),
} as const;

const EJECTION_SHAPE = {
  failures: z
    .int()
    .min(1)
    .describe('How many failures in a row put a URL out of use. The last URL in use always stays.'),
  baseMs: z
    .int()
    .min(10)
    .describe(
      'How long a URL stays out the first time, in milliseconds; each further time is twice as long.',
    ),
  maxMs: z.int().min(10).describe('The longest time that a URL stays out, in milliseconds.'),
} as const;

const RETRY_DESCRIPTION =
  'One retry, on a new connection, of queries that failed before any byte of an answer. Mutations are never retried.';
const BREAKER_DESCRIPTION =
  'The breaker of the subgraph. While it is open: SUBGRAPH_UNAVAILABLE without a call.';
const EJECTION_DESCRIPTION =
  'When a subgraph has several URLs: when one of them is left out, and for how long.';

const all = z
  .strictObject({
    timeoutMs: SHAPE.timeoutMs.default(2_000),
    responseLimitBytes: SHAPE.responseLimitBytes.default(8 * 1_048_576),
    responseDepth: SHAPE.responseDepth.default(200),
    connections: SHAPE.connections.default(64),
    pipelining: SHAPE.pipelining.default(1),
    allowH2: SHAPE.allowH2.default(true),
    queuedCalls: SHAPE.queuedCalls.default(1_000),
    retry: z
      .strictObject({
        share: RETRY_SHAPE.share.default(0.1),
        minimum: RETRY_SHAPE.minimum.default(1),
        windowMs: RETRY_SHAPE.windowMs.default(10_000),
      })
      .prefault({})
      .describe(RETRY_DESCRIPTION),
    breaker: z
      .strictObject({
        enabled: BREAKER_SHAPE.enabled.default(true),
        failureShare: BREAKER_SHAPE.failureShare.default(0.5),
        minimumCalls: BREAKER_SHAPE.minimumCalls.default(20),
        windowMs: BREAKER_SHAPE.windowMs.default(10_000),
        slowShare: BREAKER_SHAPE.slowShare.default(0.8),
        openMs: BREAKER_SHAPE.openMs.default(2_000),
      })
      .prefault({})
      .describe(BREAKER_DESCRIPTION),
    ejection: z
      .strictObject({
        failures: EJECTION_SHAPE.failures.default(5),
        baseMs: EJECTION_SHAPE.baseMs.default(1_000),
        maxMs: EJECTION_SHAPE.maxMs.default(60_000),
      })
      .prefault({})
      .describe(EJECTION_DESCRIPTION),
  })
  .prefault({})
  .describe('What holds for every subgraph.');

const override = z.strictObject({
  urls: z
    .array(z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }))
    .min(1)
    .optional()
    .describe('Where the subgraph runs, in place of its routing URL: calls are spread over all of these.'),
  ...z.strictObject(SHAPE).partial().shape,
  retry: z.strictObject(RETRY_SHAPE).partial().optional().describe(RETRY_DESCRIPTION),
  breaker: z.strictObject(BREAKER_SHAPE).partial().optional().describe(BREAKER_DESCRIPTION),
  ejection: z.strictObject(EJECTION_SHAPE).partial().optional().describe(EJECTION_DESCRIPTION),
});

/** How subgraphs are called: `all` holds for every one, `overrides` by name. */
export const subgraphSettings = z
  .strictObject({
    all,
    overrides: z
      .record(z.string(), override)
      .default({})
      .describe('What differs for a subgraph, by its name.'),
  })
  .prefault({})
  .describe('Calls to subgraphs.');

/** How one subgraph is called: what holds for all, with its own overrides on top. */
export type SubgraphCallSettings = z.infer<typeof all> & { readonly urls?: readonly string[] | undefined };

/** Puts the overrides of a subgraph on top of what holds for all. */
export function callSettingsOf(
  settings: z.infer<typeof subgraphSettings>,
  subgraph: string,
): SubgraphCallSettings {
  const own = Object.hasOwn(settings.overrides, subgraph) ? settings.overrides[subgraph] : undefined;
  return {
    ...withoutUndefined(settings.all, own),
    retry: withoutUndefined(settings.all.retry, own?.retry),
    breaker: withoutUndefined(settings.all.breaker, own?.breaker),
    ejection: withoutUndefined(settings.all.ejection, own?.ejection),
    urls: own?.urls,
  };
}

/** What an override leaves open, or says to be undefined, stays as it is for all. */
function withoutUndefined<Base extends object>(base: Base, own: object | undefined): Base {
  const given = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}
