import { z } from 'zod';

/** In the place of an account, a key, an operation or a client: it was counted, but not which it was. */
export const OTHERS = '*';
/** The client application of requests that do not name one. */
export const UNKNOWN_CLIENT = 'unknown';

const count = z.int().min(0);

/** What one account used on one day with one key, by one operation, from one client. */
export const usageEntry = z.object({
  /** Days since the epoch, UTC. */
  day: z.int().min(0),
  /** Empty for callers without an account. */
  accountId: z.string(),
  /** Empty for callers without a key. */
  keyId: z.string(),
  /** As `operationId` makes it; empty where a request was refused before its operation was known. */
  operationId: z.string(),
  client: z.string(),
  /** What was charged. */
  points: count,
  /** Operations that ran, whatever they came to. */
  operations: count,
  /** Operations that were refused. */
  refused: count,
  /** Of these, for lack of points or because of a window: they may come again. */
  throttled: count,
  /** Milliseconds since the epoch. */
  lastUsedAtMs: z.number(),
});

/** The text behind an operation's id, as the client sent it. */
export const usedOperation = z.object({
  id: z.string(),
  /** The name that the document gives; null for an anonymous operation. */
  name: z.string().nullable(),
  document: z.string(),
});

/** Entries that are counted together, once: whoever gathers them numbers them. */
export const usageBatch = z.object({
  /** The process that gathered it: a UUID. */
  source: z.uuid(),
  /** Grows with each batch of the source, which sends the next one when this one is safe. */
  sequence: z.int().min(1),
  entries: z.array(usageEntry),
  /** Texts that the source has not sent before. */
  operations: z.array(usedOperation),
});

export type UsageEntry = z.infer<typeof usageEntry>;
export type UsedOperation = z.infer<typeof usedOperation>;
export type UsageBatch = z.infer<typeof usageBatch>;

const DAY_MS = 86_400_000;

/** The day of an instant: days since the epoch, UTC. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** When a day begins, in milliseconds since the epoch. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}
