import type { JWK } from 'jose';
import { SignJWT } from 'jose/jwt/sign';
import { importJWK } from 'jose/key/import';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../context.ts';

/** How long a subgraph takes a token, in seconds. */
export const TOKEN_LIFETIME_SECONDS = 30;
/** A token is used again for other requests of the same caller while it has at least this left, in milliseconds. */
const MINIMUM_REST_MS = 15_000;
const CACHE_ENTRIES = 5_000;
const ISSUER = 'gateway';

/** Signs who is calling, for one subgraph at a time: `docs/subgraph-token.md`. */
export interface CallerTokenSigner {
  sign(caller: Caller, subgraph: string): Promise<string>;
}

const names = new WeakMap<Caller, string>();

/** All that a caller's tokens say of him, so that two callers never share one that says something else. */
function nameOf(caller: Caller): string {
  let name = names.get(caller);
  if (name === undefined) {
    const { tier, accountId, userId, scopes } = caller;
    name = JSON.stringify([tier, accountId, userId, [...scopes]]);
    names.set(caller, name);
  }
  return name;
}

/** @param signingKey - the gateway's private Ed25519 key; its `kid` is the issuer's name */
export async function createCallerTokenSigner(signingKey: JWK): Promise<CallerTokenSigner> {
  const key = await importJWK(signingKey, 'EdDSA');
  const header = { alg: 'EdDSA', kid: signingKey.kid ?? ISSUER };
  // Signing costs more than the rest of a small fetch: a caller's token serves its next requests too.
  const signed = new LRUCache<string, Promise<string>>({
    max: CACHE_ENTRIES,
    ttl: TOKEN_LIFETIME_SECONDS * 1000 - MINIMUM_REST_MS,
  });

  const sign = ({ tier, scopes, accountId, userId }: Caller, audience: string): Promise<string> => {
    const token = new SignJWT({
      tier,
      scope: [...scopes].join(' '),
      ...(accountId === undefined ? {} : { account: accountId }),
    })
      .setProtectedHeader(header)
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_LIFETIME_SECONDS}s`);
    if (userId !== undefined) token.setSubject(userId);
    return token.sign(key);
  };

  return {
    sign(caller, subgraph) {
      const name = `${nameOf(caller)}\n${subgraph}`;
      let token = signed.get(name);
      if (token === undefined) {
        token = sign(caller, subgraph);
        signed.set(name, token);
      }
      return token;
    },
  };
}
