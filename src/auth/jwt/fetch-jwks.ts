import type { JSONWebKeySet } from 'jose';
import { request } from 'undici';
import { isJsonObject } from '../../lib/json-object.ts';

const TIMEOUT_MS = 3_000;
const LIMIT_BYTES = 262_144;

/**
 * Fetches the public keys of an issuer: one GET with a deadline and a cap on the size, no redirects, nothing of the
 * request that asks for it.
 *
 * @throws Error for whatever is no JWKS with status 200
 */
export async function fetchJwks(url: string): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { statusCode, body } = await request(url, { signal, headers: { accept: 'application/json' } });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`status ${statusCode}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT_BYTES) throw new Error(`more than ${LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  const keys: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (isJsonObject(keys) && Array.isArray(keys.keys) && keys.keys.every(isJsonObject))
    return keys as unknown as JSONWebKeySet;
  throw new Error('no JWKS');
}
