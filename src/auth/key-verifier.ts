import { sha256 } from '../lib/sha256.ts';
import type { KeyKind } from '../snapshot.ts';
import { hashSecret } from './api-key.ts';
import { sealingKeyId, sealSecret } from './sealed-secret.ts';

/** The platform's secrets that guard those of keys. */
export interface KeyGuards {
  /** Pepper hashes: the first makes new ones. */
  readonly keyPeppers: readonly string[];
  /** Seal the secrets of signing keys: the first seals. */
  readonly sealingKeys: readonly string[];
}

/** What is kept of a secret, and the id of the pepper or sealing key that it was made with. */
export interface KeyVerifier {
  readonly verifier: string;
  readonly madeWith: string;
}

/** What is kept of the secret of a key: a hash, or the secret sealed where it has to come back. */
export function makeVerifier(
  { kind, id, secret }: { readonly kind: KeyKind; readonly id: string; readonly secret: string },
  guards: KeyGuards,
): KeyVerifier {
  const [pepper = ''] = guards.keyPeppers;
  const [sealingKey = ''] = guards.sealingKeys;
  return kind === 'live'
    ? { verifier: hashSecret(secret, pepper), madeWith: pepperId(pepper) }
    : { verifier: sealSecret(secret, id, sealingKey), madeWith: sealingKeyId(sealingKey) };
}

/** Whether what is kept of a secret was made with the guard that is in use now. */
export function isMadeWithCurrent(kind: KeyKind, madeWith: string, guards: KeyGuards): boolean {
  return madeWith === makeGuardId(kind, guards);
}

function makeGuardId(kind: KeyKind, { keyPeppers, sealingKeys }: KeyGuards): string {
  return kind === 'live' ? pepperId(keyPeppers[0] ?? '') : sealingKeyId(sealingKeys[0] ?? '');
}

function pepperId(pepper: string): string {
  return sha256(`pepper\n${pepper}`).slice(0, 8);
}
