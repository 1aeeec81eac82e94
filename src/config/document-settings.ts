import { z } from 'zod';

/** Which documents run, from the loosest to the strictest. */
export const DOCUMENT_MODES = ['off', 'audit', 'safelist', 'ids'] as const;
export type DocumentMode = (typeof DOCUMENT_MODES)[number];

const mode = z.enum(DOCUMENT_MODES);

/** Persisted documents: trusted ones that apps publish, and automatic ones that clients register as they go. */
export const documentSettings = z
  .strictObject({
    mode: mode
      .default('off')
      .describe(
        'off: any runs. audit: one that is not trusted is logged. safelist: trusted ones, by text or id. ids: by id alone.',
      ),
    clients: z
      .record(z.string(), mode)
      .default({})
      .describe(
        'Modes by client, for example { web: ids }. One that is looser than `mode` holds for keys bound to the client alone.',
      ),
    tiers: z
      .strictObject({
        ANONYMOUS: mode,
        FREE: mode,
        PRO: mode,
        BUSINESS: mode,
        ENTERPRISE: mode,
      })
      .partial()
      .default({})
      .describe('Modes by tier, for example { ANONYMOUS: safelist }. The strictest that applies holds.'),
    trustedLimits: z
      .strictObject({
        documentBytes: z
          .int()
          .min(100)
          .default(65_536)
          .describe('The longest trusted document, in bytes of UTF-8.'),
        tokens: z.int().min(10).default(10_000).describe('The most lexical tokens of a trusted document.'),
        depth: z.int().min(1).default(15).describe('The deepest nesting of fields of a trusted document.'),
        aliases: z.int().min(0).default(50).describe('The most aliases of a trusted operation.'),
        rootFields: z.int().min(1).default(50).describe('The most root fields of a trusted operation.'),
        selections: z
          .int()
          .min(1)
          .default(5_000)
          .describe('The most selected fields of a trusted operation.'),
      })
      .prefault({})
      .describe('Caps on the shape of trusted documents, in place of those of `limits`.'),
    warmMs: z
      .int()
      .min(0)
      .default(1_000)
      .describe(
        'How long a worker that starts, or a new schema, waits for trusted documents to be compiled once the planner is loaded, in milliseconds; the rest follow while it serves. 0: a start waits for neither.',
      ),
    automatic: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe(
            "Whether clients may register documents by Apollo's protocol of automatic persisted queries.",
          ),
        bytes: z
          .int()
          .min(1_024)
          .default(16_777_216)
          .describe(
            'The most memory for registered documents, in bytes; the longest unused make room. Holds from the next start on.',
          ),
        anonymousPerMinute: z
          .int()
          .min(0)
          .default(60)
          .describe(
            'How many documents one address may register in a minute without a key. Above it a document runs and is not kept.',
          ),
      })
      .prefault({})
      .describe('Automatic persisted queries. They never push out trusted documents.'),
  })
  .prefault({})
  .describe('Persisted documents.');

export type DocumentSettings = z.infer<typeof documentSettings>;
