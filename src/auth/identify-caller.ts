import type { Caller } from '../context.ts';
import type { KeyRecord } from '../snapshot.ts';
import { type Credentials, requireOneCredential } from './credentials.ts';
import type { BearerTokenVerifier } from './jwt/verify-bearer-token.ts';
import { createKeyDirectory } from './key-directory.ts';
import type { KeyUsage } from './key-usage.ts';
import type { KeyGuards } from './key-verifier.ts';
import type { NonceStore } from './signature/nonce-store.ts';
import { createSignatureVerifier } from './signature/verify-signature.ts';
import { createApiKeyVerifier } from './verify-api-key.ts';

export interface CallerIdentifier {
  /**
   * Who is calling: nobody in particular without credentials.
   *
   * @throws RequestError UNAUTHENTICATED, SIGNATURE_INVALID, CLOCK_SKEW or REPLAYED_REQUEST for bad credentials,
   *   FORBIDDEN for good ones from another network, OVERLOADED where they cannot be checked now
   */
  identify(credentials: Credentials): Caller | Promise<Caller>;
}

export interface CallerIdentifierOptions {
  readonly keys: readonly KeyRecord[];
  readonly guards: KeyGuards;
  readonly tokens: BearerTokenVerifier;
  readonly nonces: NonceStore;
  readonly skewSeconds: number;
  readonly usage: KeyUsage;
  readonly onOldSecret: (keyId: string) => void;
  /** Asks for no credentials and looks at none. */
  readonly open: boolean;
  /** The system's time in milliseconds. */
  readonly now: () => number;
}

/** Everybody without credentials. */
export const ANONYMOUS: Caller = Object.freeze({ tier: 'ANONYMOUS', scopes: new Set<string>() });

/** Makes the look-up from credentials to caller over the keys of a snapshot. */
export function createCallerIdentifier(options: CallerIdentifierOptions): CallerIdentifier {
  if (options.open) return { identify: () => ANONYMOUS };
  const { guards, tokens } = options;
  const keys = createKeyDirectory(options.keys);
  const verifyApiKey = createApiKeyVerifier({ ...options, keys, peppers: guards.keyPeppers });
  const verifySignature = createSignatureVerifier({ ...options, keys, sealingKeys: guards.sealingKeys });

  return {
    identify(credentials) {
      requireOneCredential(credentials);
      const { apiKey, authorization, signed, remoteAddress } = credentials;
      if (apiKey !== undefined) return verifyApiKey(apiKey, remoteAddress);
      if (authorization !== undefined) return tokens.verify(authorization);
      if (signed !== undefined) return verifySignature(signed, remoteAddress);
      return ANONYMOUS;
    },
  };
}
