import { z } from 'zod';
import { gatewaySettings } from '../config/gateway-settings.ts';
import type { KeyRecord, Snapshot, TrustedDocument } from '../snapshot.ts';

/** The form of a key's record. */
export const keyRecord: z.ZodType<KeyRecord> = z.object({
  id: z.string(),
  kind: z.enum(['live', 'signing']),
  secrets: z.array(z.object({ verifier: z.string(), endsAtMs: z.number().exactOptional() })),
  tier: z.enum(['ANONYMOUS', 'FREE', 'PRO', 'BUSINESS', 'ENTERPRISE']),
  scopes: z.array(z.string()),
  accountId: z.string(),
  userId: z.string().exactOptional(),
  allowedRanges: z.array(z.string()),
  expiresAtMs: z.number().exactOptional(),
  client: z.string().exactOptional(),
});

/** The form of a trusted document. */
export const trustedDocument: z.ZodType<TrustedDocument> = z.object({
  client: z.string(),
  id: z.string(),
  text: z.string(),
});

/** The form of what a snapshot holds besides its keys and documents, of which there may be many thousands. */
export const snapshotFrame: z.ZodType<Omit<Snapshot, 'keys' | 'documents'>> = z.object({
  id: z.string(),
  supergraphSdl: z.string(),
  apiSdl: z.string(),
  routingUrls: z.record(z.string(), z.string()),
  guardedSubgraphs: z.array(z.string()).exactOptional(),
  settings: gatewaySettings,
  open: z.boolean(),
});
