import { createHash } from 'node:crypto';

/** The body of a request that registers a document which nobody asks for again; it fits every schema and fetches nothing. */
export function junkRegistration(number: number): string {
  return registration(`query Junk${number} { __typename }`);
}

/** The body of a request that registers a document by Apollo's protocol. */
export function registration(query: string): string {
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  return JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } });
}
