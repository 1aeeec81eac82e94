import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../../context.ts';
import { RequestError } from '../../errors/errors.ts';
import type { KeySecret } from '../../snapshot.ts';
import type { SignedRequest } from '../credentials.ts';
import { hasEnded, type KeyDirectory } from '../key-directory.ts';
import type { KeyUsage } from '../key-usage.ts';
import { openSecret } from '../sealed-secret.ts';
import type { NonceStore } from './nonce-store.ts';
import {
  parseContentDigest,
  parseSignature,
  parseSignatureInput,
  signatureBase,
  signBase,
} from './signature-input.ts';

export interface SignatureVerifierOptions {
  readonly keys: KeyDirectory;
  readonly sealingKeys: readonly string[];
  readonly nonces: NonceStore;
  /** How far the client's clock may be off, in seconds, either way. */
  readonly skewSeconds: number;
  readonly usage: KeyUsage;
  readonly onOldSecret: (keyId: string) => void;
  /** The system's time in milliseconds. */
  readonly now: () => number;
}

/**
 * Makes the check of a signed request: form, time, digest of the body, signature, and last the nonce, which is
 * remembered only of a request whose signature is right.
 *
 * @returns throws RequestError SIGNATURE_INVALID, CLOCK_SKEW, REPLAYED_REQUEST, FORBIDDEN from another network, or
 *   OVERLOADED when nobody can say whether the nonce was used
 */
export function createSignatureVerifier(
  options: SignatureVerifierOptions,
): (request: SignedRequest, remoteAddress: string) => Promise<Caller> {
  const { keys, sealingKeys, nonces, skewSeconds, usage, onOldSecret, now } = options;
  const opened = new WeakMap<KeySecret, string>();

  const open = (keyId: string, secret: KeySecret): string | undefined => {
    const text = opened.get(secret) ?? openSecret(secret.verifier, keyId, sealingKeys);
    if (text !== undefined) opened.set(secret, text);
    return text;
  };

  return async (request, remoteAddress) => {
    const parameters = parseSignatureInput(request.signatureInput ?? '');
    const signature = parseSignature(request.signature ?? '');
    if (parameters === undefined || signature === undefined) {
      throw invalid('Signature-Input or Signature is missing or of another form than the documented one.');
    }
    const nowMs = now();
    if (Math.abs(nowMs - parameters.createdSeconds * 1000) > skewSeconds * 1000)
      throw new RequestError('CLOCK_SKEW');
    checkDigest(request);
    const { keyId, nonce } = parameters;
    const entry = keys.get(keyId);
    const base = signatureBase(request, request.contentDigest ?? '', parameters.text);
    const isSigning = entry?.record.kind === 'signing' && !hasEnded(entry.record.expiresAtMs, nowMs);
    const candidates = isSigning ? entry.record.secrets : [];
    const right = candidates.find((candidate) => {
      const secret = open(keyId, candidate);
      return secret !== undefined && timingSafeEqual(signBase(base, secret), signature);
    });
    if (entry === undefined || right === undefined || hasEnded(right.endsAtMs, nowMs)) throw invalid();
    entry.checkAddress(remoteAddress);
    await takeNonce(nonces, keyId, nonce, skewSeconds);
    usage.note(keyId, right.verifier, nowMs);
    if (right.endsAtMs !== undefined) onOldSecret(keyId);
    return entry.caller;
  };
}

function checkDigest({ body, contentDigest = '' }: SignedRequest): void {
  const claimed = parseContentDigest(contentDigest);
  if (claimed === undefined) throw invalid('Content-Digest is missing or no sha-256 digest.');
  if (!claimed.equals(createHash('sha256').update(body).digest()))
    throw invalid('Content-Digest is not that of the body.');
}

/** A signature counts from `skew` before its time to `skew` after it, so that no nonce has to be kept for longer. */
async function takeNonce(
  nonces: NonceStore,
  keyId: string,
  nonce: string,
  skewSeconds: number,
): Promise<void> {
  const isNew = await nonces.take(keyId, nonce, 2 * skewSeconds * 1000 + 1000).catch((cause: unknown) => {
    throw new RequestError('OVERLOADED', {
      message: 'Whether the request is a replay cannot be said now; send it again with a new nonce.',
      cause,
    });
  });
  if (!isNew) throw new RequestError('REPLAYED_REQUEST');
}

function invalid(message?: string): RequestError {
  return new RequestError('SIGNATURE_INVALID', message === undefined ? {} : { message });
}
