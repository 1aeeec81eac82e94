import { z } from 'zod';

/** The layers that fetches to one subgraph may share work in. */
const LAYERS = {
  entities: z.boolean().describe('Parallel entity look-ups of one request become one call.'),
  requests: z.boolean().describe('Identical fetches of queries that are under way become one call.'),
  coalesce: z
    .boolean()
    .describe('Entity look-ups of concurrent requests become one call, where all that is asked is public.'),
} as const;

/** Which work is shared, in one request and between requests. What may be shared is decided for each fetch. */
export const sharingSettings = z
  .strictObject({
    entities: LAYERS.entities.default(true),
    requests: LAYERS.requests.default(true),
    coalesce: LAYERS.coalesce.default(true),
    operations: z
      .boolean()
      .default(true)
      .describe('Identical queries of callers with the same rights that are under way become one run.'),
    windowMs: z
      .number()
      .min(0)
      .max(1_000)
      .default(20)
      .describe(
        'The longest that look-ups wait for company while a call is under way, in milliseconds. Idle, they never wait.',
      ),
    representations: z
      .int()
      .min(1)
      .default(2_000)
      .describe('The most entities of one call that several look-ups share.'),
    overrides: z
      .record(z.string(), z.strictObject(LAYERS).partial())
      .default({})
      .describe('What differs for a subgraph, by its name.'),
  })
  .prefault({})
  .describe('Sharing of work. Settings can only narrow what the engine allows.');

export type SharingSettings = z.infer<typeof sharingSettings>;

/** The layers in which fetches to one subgraph may be shared. */
export interface SharingLayers {
  readonly entities: boolean;
  readonly requests: boolean;
  readonly coalesce: boolean;
}

/** The settings where fetches to some subgraphs share nothing, whatever an operator says. */
export function withoutSharing(settings: SharingSettings, subgraphs: Iterable<string>): SharingSettings {
  const none = { entities: false, requests: false, coalesce: false };
  const overrides = Object.fromEntries([...subgraphs].map((subgraph) => [subgraph, none]));
  return { ...settings, overrides: { ...settings.overrides, ...overrides } };
}

/** Puts the overrides of a subgraph on top of what holds for all. */
export function sharingLayersOf(settings: SharingSettings, subgraph: string): SharingLayers {
  const own = Object.hasOwn(settings.overrides, subgraph) ? settings.overrides[subgraph] : undefined;
  return {
    entities: own?.entities ?? settings.entities,
    requests: own?.requests ?? settings.requests,
    coalesce: own?.coalesce ?? settings.coalesce,
  };
}
