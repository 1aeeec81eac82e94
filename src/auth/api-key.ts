import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { KeyKind } from '../snapshot.ts';

/**
 * API keys: `trb_live_<id>_<secret>_<crc>`, and `trb_sign_…` for those that sign requests and are never sent.
 *
 * The id finds the record, the secret (192 random bits) proves possession, the CRC-32 of all that precedes it
 * lets a mistyped or made-up key be refused without any look-up. All three are lower-case base 32 or hex, so that
 * a double click selects the whole key.
 */
export interface ApiKeyParts {
  readonly kind: KeyKind;
  readonly id: string;
  readonly secret: string;
}

const PREFIXES: Readonly<Record<KeyKind, string>> = { live: 'trb_live', signing: 'trb_sign' };
const ID_BYTES = 10;
const SECRET_BYTES = 24;
const FORM = /^trb_(live|sign)_([a-z2-7]{16})_([a-z2-7]{39})_([0-9a-f]{8})$/;
const ANYWHERE = /trb_(?:live|sign)_[a-z2-7]{16}_/;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 base 32, lower-case, without padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >>> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  if (bits > 0) text += ALPHABET[(buffer << (5 - bits)) & 31];
  return text;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/**
 * Makes a new key, or a new secret for a key. The text is shown once and kept nowhere.
 *
 * @param id - of the key that gets a new secret; a new key without it
 */
export function createApiKey(
  kind: KeyKind = 'live',
  id = base32(randomBytes(ID_BYTES)),
  secret = base32(randomBytes(SECRET_BYTES)),
): ApiKeyParts & { readonly text: string } {
  const body = `${PREFIXES[kind]}_${id}_${secret}`;
  return { kind, id, secret, text: `${body}_${checksum(body)}` };
}

/** Reads a key's parts; undefined when form or checksum is wrong, which needs no look-up. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, prefix, id, secret, crc] = FORM.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const kind = prefix === 'live' ? 'live' : 'signing';
  return checksum(`${PREFIXES[kind]}_${id}_${secret}`) === crc ? { kind, id, secret } : undefined;
}

/** Whether a text holds what looks like a key, whole or not. */
export function containsApiKey(text: string): boolean {
  return ANYWHERE.test(text);
}

/**
 * Hashes a secret for storage: HMAC-SHA256 with the platform's pepper, hex.
 *
 * A plain fast hash is enough for 192 random bits; the pepper makes a stolen table useless by itself.
 */
export function hashSecret(secret: string, pepper: string): string {
  return createHmac('sha256', pepper).update(secret).digest('hex');
}

/** Compares two hex hashes in constant time. */
export function equalHashes(left: string, right: string): boolean {
  const a = Buffer.from(left, 'hex');
  const b = Buffer.from(right, 'hex');
  return a.length === b.length && timingSafeEqual(a, b);
}
