import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { sha256 } from '../lib/sha256.ts';

/**
 * Secrets that have to come back as they were: a signature can only be checked by who knows the secret, so that those
 * of signing keys are not hashed but encrypted, with a key that is never stored beside them.
 *
 * Form: `<id of the sealing key>.<nonce>.<cipher text and tag>`, AES-256-GCM. The name of what is sealed is part of what
 * is authenticated, so that a sealed secret is worth nothing in another row.
 */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** How a sealing key is named beside what it sealed: the start of its hash. */
export function sealingKeyId(sealingKey: string): string {
  return sha256(`sealing key\n${sealingKey}`).slice(0, 8);
}

/** @param name - of what is sealed, such as the id of the key */
export function sealSecret(secret: string, name: string, sealingKey: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', cipherKey(sealingKey), nonce).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [sealingKeyId(sealingKey), nonce.toString('base64url'), sealed.toString('base64url')].join('.');
}

/** @returns undefined when none of the keys has sealed it, or when it was sealed for another name or changed */
export function openSecret(text: string, name: string, sealingKeys: readonly string[]): string | undefined {
  const [keyId, nonce = '', sealed = ''] = text.split('.');
  const sealingKey = sealingKeys.find((key) => sealingKeyId(key) === keyId);
  if (sealingKey === undefined) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', cipherKey(sealingKey), Buffer.from(nonce, 'base64url'), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function cipherKey(sealingKey: string): Buffer {
  return Buffer.from(hkdfSync('sha256', sealingKey, '', 'tributary signing secrets', 32));
}
