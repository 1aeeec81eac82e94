import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * API keys: `trb_live_<id>_<secret>_<crc>`.
 *
 * The id finds the record, the secret (192 random bits) proves possession, the CRC-32 of all that precedes it
 * lets a mistyped or made-up key be refused without any look-up. All three are lower-case base 32 or hex, so that
 * a double click selects the whole key.
 */
export interface ApiKeyParts {
  readonly id: string;
  readonly secret: string;
}

const PREFIX = 'trb_live';
const ID_BYTES = 10;
const SECRET_BYTES = 24;
const FORM = /^trb_live_([a-z2-7]{16})_([a-z2-7]{39})_([0-9a-f]{8})$/;
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

/** Makes a new key. The text is shown once; only its id and the hash of its secret are kept. */
export function createApiKey(): ApiKeyParts & { readonly text: string } {
  const id = base32(randomBytes(ID_BYTES));
  const secret = base32(randomBytes(SECRET_BYTES));
  const body = `${PREFIX}_${id}_${secret}`;
  return { id, secret, text: `${body}_${checksum(body)}` };
}

/** Reads a key's parts; undefined when form or checksum is wrong, which needs no look-up. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, id, secret, crc] = FORM.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return checksum(`${PREFIX}_${id}_${secret}`) === crc ? { id, secret } : undefined;
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
