import { createHash } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { IssuerSettings } from '../../config/auth-settings.ts';
import type { Caller } from '../../context.ts';
import { RequestError } from '../../errors/errors.ts';
import { callerOfClaims } from './caller-of-claims.ts';
import { IssuerAway, type IssuerKeys } from './issuer-keys.ts';

export interface BearerTokenVerifierOptions {
  readonly issuers: readonly IssuerSettings[];
  /** The public keys of an issuer; they outlive the verifier. */
  readonly keysOf: (issuer: IssuerSettings) => IssuerKeys;
  /** The system's time in milliseconds. */
  readonly now: () => number;
}

/** Verifies `Authorization: Bearer <JWT>`. */
export interface BearerTokenVerifier {
  /**
   * @returns at once for a token that was verified a moment ago
   * @throws RequestError UNAUTHENTICATED for a bad token, OVERLOADED when its issuer's keys cannot be had
   */
  verify(authorization: string): Caller | Promise<Caller>;
}

const FORM = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;
/** No token of sense is longer; nothing is decoded of one that is. */
const MAX_LENGTH = 8_192;
const CLOCK_TOLERANCE_SECONDS = 5;
const CACHE_ENTRIES = 5_000;
/** A verified token is looked at again after this, so that a key that its issuer withdrew ends. */
const CACHE_MS = 60_000;

/** @see https://www.rfc-editor.org/rfc/rfc8725 (JSON Web Token Best Current Practices) */
export function createBearerTokenVerifier(options: BearerTokenVerifierOptions): BearerTokenVerifier {
  const { issuers, keysOf, now } = options;
  const byName = new Map(
    issuers.map((issuer) => [issuer.issuer, { settings: issuer, keys: keysOf(issuer) }]),
  );
  const verified = new LRUCache<string, { readonly caller: Caller; readonly endsAtMs: number }>({
    max: CACHE_ENTRIES,
  });

  const verify = async (token: string, name: string): Promise<Caller> => {
    const issuer = byName.get(issuerOf(token) ?? '');
    if (issuer === undefined) throw badToken();
    const { settings, keys } = issuer;
    // Keys named in the token's own header (jku, x5u, jwk, x5c) are never looked at.
    const { payload } = await jwtVerify(token, keys, {
      issuer: settings.issuer,
      audience: settings.audience,
      algorithms: settings.algorithms,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    });
    const caller = callerOfClaims(payload, settings);
    if (caller === undefined) throw badToken();
    const expiresAtMs = ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000;
    verified.set(name, { caller, endsAtMs: Math.min(expiresAtMs, now() + CACHE_MS) });
    return caller;
  };

  return {
    verify(authorization) {
      if (byName.size === 0) {
        throw badToken('Bearer tokens are not taken here; send an API key in the x-api-key header.');
      }
      const token = authorization.length > MAX_LENGTH ? undefined : FORM.exec(authorization)?.[1];
      if (token === undefined) throw badToken();
      const name = createHash('sha256').update(token).digest('base64');
      const known = verified.get(name);
      if (known !== undefined && known.endsAtMs > now()) return known.caller;
      return verify(token, name).catch(refuse);
    },
  };
}

/** Whose token it says to be; nothing of it is believed before its signature is verified. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function refuse(error: unknown): never {
  if (error instanceof IssuerAway) {
    throw new RequestError('OVERLOADED', {
      message: 'The token cannot be verified now, because its issuer cannot be reached; retry later.',
      cause: error,
    });
  }
  // Whatever a token or a key of the issuer's set provokes is no fault of ours.
  if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException) {
    throw badToken();
  }
  throw error;
}

/** One sentence for all reasons: which one it was is of use only to somebody who tries tokens. */
function badToken(message = 'The bearer token is not valid.'): RequestError {
  return new RequestError('UNAUTHENTICATED', { message });
}
