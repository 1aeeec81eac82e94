import { createHmac } from 'node:crypto';
import type { SignedRequest } from '../credentials.ts';

/**
 * The form of signed requests: HTTP Message Signatures with one set of components, always the same and in this order.
 * What a client may choose is what a client can get wrong.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9421
 */
export interface SignatureParameters {
  readonly keyId: string;
  /** Seconds since the epoch. */
  readonly createdSeconds: number;
  readonly nonce: string;
  /** The value of `Signature-Input` behind the label, as it came: the signature covers it. */
  readonly text: string;
}

const INPUT =
  /^trb=(\("@method" "@path" "@query" "content-digest"\);created=(\d{1,12});nonce="([\w-]{16,64})";keyid="([a-z2-7]{16})";alg="hmac-sha256")$/;
const SIGNATURE = /^trb=:([A-Za-z0-9+/]{43}=):$/;
const DIGEST = /^sha-256=:([A-Za-z0-9+/]{43}=):$/;

/** Reads `Signature-Input`; undefined when it is of any other form. */
export function parseSignatureInput(header: string): SignatureParameters | undefined {
  const [, text, created, nonce, keyId] = INPUT.exec(header) ?? [];
  if (text === undefined || created === undefined || nonce === undefined || keyId === undefined)
    return undefined;
  return { keyId, createdSeconds: Number(created), nonce, text };
}

/** Reads `Signature`: the 32 bytes, or undefined when it is of any other form. */
export function parseSignature(header: string): Buffer | undefined {
  const base64 = SIGNATURE.exec(header)?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

/** Reads the SHA-256 of `Content-Digest`; undefined when it is of any other form. */
export function parseContentDigest(header: string): Buffer | undefined {
  const base64 = DIGEST.exec(header)?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

/**
 * The text that is signed (RFC 9421 section 2.5).
 *
 * @param parameters - the value of `Signature-Input` behind its label
 */
export function signatureBase(
  { method, target }: Pick<SignedRequest, 'method' | 'target'>,
  digest: string,
  parameters: string,
): string {
  const questionMark = target.indexOf('?');
  const path = questionMark === -1 ? target : target.slice(0, questionMark);
  // Without a query string the component is the question mark alone.
  const query = questionMark === -1 ? '?' : target.slice(questionMark);
  return [
    `"@method": ${method}`,
    `"@path": ${path}`,
    `"@query": ${query}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${parameters}`,
  ].join('\n');
}

/** HMAC-SHA256 of a signature base. */
export function signBase(base: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(base).digest();
}
