import { z } from 'zod';

/** One client that sends an operation. */
export const clientUse = z.object({
  name: z.string(),
  /** How often it was sent in the period that was asked for. */
  requests: z.int().min(0),
  /** Its releases that have it as a registered document, the oldest first; empty where it is none. */
  versions: z.array(z.string()),
});

/** An operation that clients depend on: seen lately, or registered. */
export const operationInUse = z.object({
  /** SHA-256 of the document and the operation's name, hex. */
  id: z.string(),
  /** The name that the document gives; null for an anonymous operation. */
  name: z.string().nullable(),
  document: z.string(),
  clients: z.array(clientUse),
  /** Whether it is a registered document, which counts as used whether it was seen or not. */
  isRegistered: z.boolean(),
});

export type ClientUse = z.infer<typeof clientUse>;
export type OperationInUse = z.infer<typeof operationInUse>;

/** Who knows which operations clients depend on. */
export interface OperationUsage {
  /**
   * @param sinceMs - milliseconds since the epoch; registered documents count whenever they were last seen
   * @returns registered documents first, among them and behind them the most used first
   */
  inUse(sinceMs: number): Promise<readonly OperationInUse[]>;
}
