import { createHash } from 'node:crypto';
import { urlKey } from './canonical-url.ts';

/** Crockford's base 32, the alphabet of ULIDs. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_LENGTH = 26;

/**
 * The id of an article: `news_` and the first 128 bits of the SHA-256 of its address in the form of a ULID.
 * The same address has the same id for ever, in every process, without a table of ids.
 *
 * @param canonical - from `canonicalUrl`
 */
export function articleIdOf(canonical: string): string {
  const digest = createHash('sha256').update(urlKey(canonical)).digest('hex');
  let bits = BigInt(`0x${digest.slice(0, 32)}`);
  let text = '';
  for (let i = 0; i < ULID_LENGTH; i++) {
    text = ALPHABET.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return `news_${text}`;
}
