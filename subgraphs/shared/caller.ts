import type { JSONWebKeySet, JWTPayload } from 'jose';
import { JOSEError } from 'jose/errors';
import { createLocalJWKSet } from 'jose/jwks/local';
import { decodeJwt } from 'jose/jwt/decode';
import { jwtVerify } from 'jose/jwt/verify';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { readJsonFile, SettingsError } from './settings.ts';

/** Who an operation runs for, as the gateway has vouched in its signed token (docs/subgraph-token.md). */
export interface Caller {
  /** The account that pays; absent for anonymous callers. */
  readonly accountId?: string;
  /** The user that the caller acts for; absent for anonymous callers and for keys without a user. */
  readonly userId?: string;
  readonly tier: 'ANONYMOUS' | 'FREE' | 'PRO' | 'BUSINESS' | 'ENTERPRISE';
  readonly scopes: ReadonlySet<string>;
}

const claims = z.object({
  exp: z.number(),
  sub: z.string().optional(),
  account: z.string().optional(),
  tier: z.enum(['ANONYMOUS', 'FREE', 'PRO', 'BUSINESS', 'ENTERPRISE']),
  scope: z.string(),
});

/** A token that is missing, forged, expired or meant for somebody else. The HTTP answer is 401. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

const MAX_TOKEN_LENGTH = 8192;
/** The gateway's tokens live for 30 seconds; clocks of two machines may differ a little. */
const CLOCK_TOLERANCE_SECONDS = 5;
const VERIFIED_CACHE_ENTRIES = 1000;

export interface TokenVerifierOptions {
  /**
   * Public keys (JWKS), Ed25519. `kid` says whose key it is: the issuer's name, or `<issuer>.<anything>` for a second
   * one during a rotation. A key is taken for tokens of its own issuer alone.
   */
  readonly keys: JSONWebKeySet;
  /** Whose tokens are taken: `gateway` for GraphQL, the other subgraphs for internal routes. */
  readonly issuers: readonly string[];
  /** This program's name: a token for another one is refused. */
  readonly audience: string;
}

/** Verifies tokens and remembers verified ones until they expire, since a burst of calls carries the same one. */
export interface TokenVerifier {
  /** @throws TokenRefused */
  verify(authorization: string | undefined): Promise<JWTPayload>;
}

export function createTokenVerifier({ keys, issuers, audience }: TokenVerifierOptions): TokenVerifier {
  // One set for each issuer: with a common one, whoever holds any trusted key could sign in another's name.
  const keySets = new Map(
    issuers.map((issuer) => [issuer, createLocalJWKSet({ keys: keys.keys.filter(isKeyOf(issuer)) })]),
  );
  const verified = new LRUCache<string, JWTPayload & { exp: number }>({ max: VERIFIED_CACHE_ENTRIES });

  return {
    async verify(authorization) {
      const token = /^Bearer ([\w.-]+)$/.exec(authorization ?? '')?.[1];
      if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw new TokenRefused('no bearer token');
      const known = verified.get(token);
      if (known !== undefined && known.exp > Date.now() / 1000) return known;
      try {
        const { iss = '' } = decodeJwt(token);
        const keySet = keySets.get(iss);
        if (keySet === undefined) throw new TokenRefused('issuer');
        const { payload } = await jwtVerify(token, keySet, {
          algorithms: ['EdDSA', 'Ed25519'],
          issuer: iss,
          audience,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          requiredClaims: ['exp', 'iat'],
        });
        verified.set(token, payload as JWTPayload & { exp: number });
        return payload;
      } catch (error) {
        if (error instanceof JOSEError) throw new TokenRefused(error.code, { cause: error });
        throw error;
      }
    },
  };
}

function isKeyOf(issuer: string): (key: { readonly kid?: string }) => boolean {
  return ({ kid = '' }) => kid === issuer || kid.startsWith(`${issuer}.`);
}

/**
 * Reads the caller out of a verified token of the gateway.
 *
 * @throws TokenRefused when a claim is missing or of another form
 */
export function callerOf(payload: JWTPayload): Caller {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw new TokenRefused('claims', { cause: parsed.error });
  const { sub, account, tier, scope } = parsed.data;
  return {
    tier,
    scopes: new Set(scope.split(' ').filter(Boolean)),
    ...(sub === undefined ? {} : { userId: sub }),
    ...(account === undefined ? {} : { accountId: account }),
  };
}

/** Reads the public keys of all issuers from a JWKS file. @throws SettingsError when the file holds none */
export async function readTrustedKeys(file: string): Promise<JSONWebKeySet> {
  const parsed = keySet.safeParse(await readJsonFile('TRUSTED_KEYS', file));
  if (parsed.success) return parsed.data as JSONWebKeySet;
  throw new SettingsError(`TRUSTED_KEYS: ${file}: expected a JWKS, a list of public keys.`);
}

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
