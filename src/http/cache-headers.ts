import { createHash } from 'node:crypto';
import type { CachePolicy, GraphQLResult } from '../context.ts';

/** What an answer depends on beside its address; a shared cache keeps one for each combination. */
const VARY =
  'accept, x-api-key, authorization, signature-input, apollographql-client-name, graphql-client-name';

/**
 * The headers by which browsers and CDNs keep the answer to a GET. An answer with errors is not kept: the next one may
 * be whole.
 */
export function cacheHeaders(
  { maxAgeSeconds, scope }: CachePolicy,
  { data, errors }: GraphQLResult,
): Readonly<Record<string, string>> {
  if (maxAgeSeconds === 0 || data == null || errors !== undefined) return { 'cache-control': 'no-store' };
  return { 'cache-control': `${scope}, max-age=${maxAgeSeconds}`, vary: VARY };
}

/** The entity tag of an answer: strong, since equal tags are equal bytes. @see RFC 9110, section 8.8.3 */
export function entityTag(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** Whether the client has the answer already. @param ifNoneMatch - the header as it came */
export function isNotModified(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
}
