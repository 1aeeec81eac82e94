import { isIP } from 'node:net';
import { z } from 'zod';
import type { KeyStore } from '../../control/key-store.ts';
import { type AdminRoute, defineRoute, notFound } from '../admin-route.ts';

const MAX_TEXT = 200;
const MAX_OVERLAP_MS = 30 * 86_400_000;

const text = z.string().min(1).max(MAX_TEXT);
const range = z.string().refine(isAddressRange, 'expected an IP address or a range such as 10.0.0.0/8');

const newKey = z.strictObject({
  name: text,
  /** `signing` keys sign requests and are never sent. */
  kind: z.enum(['live', 'signing']).default('live'),
  tier: z.enum(['FREE', 'PRO', 'BUSINESS', 'ENTERPRISE']),
  scopes: z.array(text.regex(/^\S+$/, 'expected a scope without spaces')).max(100).default([]),
  accountId: text,
  userId: text.exactOptional(),
  allowedRanges: z.array(range).max(100).default([]),
  /** Milliseconds since the epoch. */
  expiresAtMs: z.int().min(0).exactOptional(),
  /** The client application that the key is bound to. */
  client: text.exactOptional(),
});

const rotation = z.strictObject({
  /** How long the old secret counts on, in milliseconds. */
  overlapMs: z.int().min(0).max(MAX_OVERLAP_MS),
});

/** `/api/keys`: the life of API keys. The text of a key is in the answer that makes it and nowhere else. */
export function createKeyRoutes(keys: KeyStore): readonly AdminRoute[] {
  return [
    defineRoute('GET /keys', { handle: async () => ({ keys: await keys.list() }) }),
    defineRoute('POST /keys', {
      body: newKey,
      async handle({ body }) {
        const { id, text } = await keys.create(body);
        return { id, key: text };
      },
    }),
    defineRoute('POST /keys/:id/rotate', {
      body: rotation,
      async handle({ parameters: { id = '' }, body: { overlapMs } }) {
        const rotated = await keys.rotate(id, overlapMs);
        if (rotated === undefined) throw notFound(`key ${id} that is not revoked`);
        return { id, key: rotated.text, oldEndsAtMs: rotated.oldEndsAtMs };
      },
    }),
    defineRoute('DELETE /keys/:id', {
      async handle({ parameters: { id = '' } }) {
        if (!(await keys.revoke(id))) throw notFound(`key ${id}`);
        return { id, revoked: true };
      },
    }),
  ];
}

function isAddressRange(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}
