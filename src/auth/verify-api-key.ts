import type { Caller } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import { parseApiKey } from './api-key.ts';
import { findSecret } from './find-secret.ts';
import { hasEnded, type KeyDirectory } from './key-directory.ts';
import type { KeyUsage } from './key-usage.ts';

export interface ApiKeyVerifierOptions {
  readonly keys: KeyDirectory;
  readonly peppers: readonly string[];
  readonly usage: KeyUsage;
  /** Told of each use of a secret that was replaced and still counts. */
  readonly onOldSecret: (keyId: string) => void;
  /** The system's time in milliseconds. */
  readonly now: () => number;
}

/** Compared against when no record has the id, so that unknown and wrong keys take the same time. */
const NO_SECRETS = { secrets: [{ verifier: '0'.repeat(64) }] };

/**
 * Makes the check of an API key that was sent.
 *
 * @returns throws RequestError UNAUTHENTICATED for a bad key, FORBIDDEN for a good one from another network
 */
export function createApiKeyVerifier(
  options: ApiKeyVerifierOptions,
): (text: string, remoteAddress: string) => Caller {
  const { keys, peppers, usage, onOldSecret, now } = options;
  return (text, remoteAddress) => {
    const parts = parseApiKey(text);
    if (parts === undefined || parts.kind !== 'live') throw badKey();
    const entry = keys.get(parts.id);
    const isLive = entry?.record.kind === 'live';
    const secret = findSecret(isLive ? entry.record : NO_SECRETS, parts.secret, peppers);
    const nowMs = now();
    if (!isLive || secret === undefined) throw badKey();
    if (hasEnded(secret.endsAtMs, nowMs) || hasEnded(entry.record.expiresAtMs, nowMs)) throw badKey();
    entry.checkAddress(remoteAddress);
    usage.note(parts.id, secret.verifier, nowMs);
    if (secret.endsAtMs !== undefined) onOldSecret(parts.id);
    return entry.caller;
  };
}

/** One sentence for all reasons: which one it was is of use only to somebody who tries keys. */
function badKey(): RequestError {
  return new RequestError('UNAUTHENTICATED', { message: 'The API key is not valid.' });
}
