import { z } from 'zod';
import type { Tier } from '../context.ts';

const points = (description: string) => z.int().min(0).max(2_147_483_647).describe(description);
const count = (least: number, description: string) => z.int().min(least).max(1_000_000).describe(description);

/** What a tier allows, as docs/limits.md tells it. */
const TIERS = {
  ANONYMOUS: {
    operationPoints: 200,
    bucketPoints: 500,
    refillPerSecond: 2,
    monthPoints: null,
    depth: 8,
    aliases: 5,
    rootFields: 5,
    documentBytes: 8_192,
  },
  FREE: {
    operationPoints: 1_000,
    bucketPoints: 2_000,
    refillPerSecond: 10,
    monthPoints: 300_000,
    depth: 12,
    aliases: 15,
    rootFields: 15,
    documentBytes: 16_384,
  },
  PRO: {
    operationPoints: 2_500,
    bucketPoints: 10_000,
    refillPerSecond: 100,
    monthPoints: 10_000_000,
    depth: 15,
    aliases: 30,
    rootFields: 30,
    documentBytes: 32_768,
  },
  BUSINESS: {
    operationPoints: 5_000,
    bucketPoints: 40_000,
    refillPerSecond: 500,
    monthPoints: 100_000_000,
    depth: 15,
    aliases: 50,
    rootFields: 50,
    documentBytes: 65_536,
  },
  ENTERPRISE: {
    operationPoints: 10_000,
    bucketPoints: 200_000,
    refillPerSecond: 2_000,
    monthPoints: null,
    depth: 15,
    aliases: 50,
    rootFields: 50,
    documentBytes: 65_536,
  },
} as const satisfies Record<Tier, unknown>;

function tierSettings(tier: Tier) {
  const defaults = TIERS[tier];
  return z
    .strictObject({
      operationPoints: points('The most that one operation may cost. Above it: COST_LIMIT_EXCEEDED.').default(
        defaults.operationPoints,
      ),
      bucketPoints: points(
        'The most points that the bucket of an account holds. With fewer than an operation costs: RATE_LIMITED.',
      ).default(defaults.bucketPoints),
      refillPerSecond: z
        .number()
        .min(0)
        .max(1_000_000)
        .default(defaults.refillPerSecond)
        .describe('Points that flow in each second, at most three decimals.'),
      monthPoints: z
        .union([points('Points.'), z.null()])
        .default(defaults.monthPoints)
        .describe('Points of a calendar month in UTC; null for no quota. Above it: QUOTA_EXHAUSTED.'),
      depth: count(1, 'The deepest nesting of fields, introspection apart.').default(defaults.depth),
      aliases: count(0, 'The most aliases of an operation.').default(defaults.aliases),
      rootFields: count(1, 'The most root fields of an operation.').default(defaults.rootFields),
      documentBytes: count(100, 'The longest document, in bytes of UTF-8.').default(defaults.documentBytes),
    })
    .prefault({})
    .describe(
      tier === 'ANONYMOUS'
        ? 'Callers without a key, by address (IPv6 by the first 64 bits).'
        : `Accounts with keys of the tier ${tier}.`,
    );
}

/** What each tier may spend and ask. The tighter one of these and `limits` holds. */
export const tiersSettings = z
  .strictObject({
    ANONYMOUS: tierSettings('ANONYMOUS'),
    FREE: tierSettings('FREE'),
    PRO: tierSettings('PRO'),
    BUSINESS: tierSettings('BUSINESS'),
    ENTERPRISE: tierSettings('ENTERPRISE'),
  })
  .prefault({})
  .describe(
    'What each tier may spend and ask. The tighter one of these and limits holds; --open lifts these.',
  );

/** How budgets are kept. */
export const budgetSettings = z
  .strictObject({
    mode: z
      .enum(['enforce', 'measure', 'off'])
      .default('enforce')
      .describe(
        'enforce refuses; measure works everything out and tells it, and refuses nothing, for a roll-out; off does neither.',
      ),
    decisionTimeoutMs: z
      .int()
      .min(1)
      .max(10_000)
      .default(50)
      .describe('How long Redis may take to decide before a worker decides by itself, in milliseconds.'),
    outageShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe(
        'What several workers together may spend of a bucket, beside what flows in, while Redis is away: 0.1 keeps all that is admitted within 1.1 times the limit.',
      ),
    machines: z
      .int()
      .min(1)
      .max(1_000)
      .default(1)
      .describe('How many machines run workers on the same Redis; each has server.workers of them.'),
  })
  .prefault({})
  .describe('How the budgets of accounts are kept (docs/limits.md).');
