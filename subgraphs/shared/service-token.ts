import type { JWK } from 'jose';
import { SignJWT } from 'jose/jwt/sign';
import { importJWK } from 'jose/key/import';
import { readJsonFile, SettingsError } from './settings.ts';

const TOKEN_LIFETIME_SECONDS = 30;
/** A token is made anew when it has less than this left to live. */
const RENEW_BEFORE_MS = 10_000;

/** Signs the short token with which one subgraph reads another's internal routes. */
export type ServiceTokenSigner = () => Promise<string>;

/**
 * @param keyFile - the subgraph's own Ed25519 key as a private JWK; its `kid` is the subgraph's name
 * @param audience - the subgraph that is called
 * @throws SettingsError when the file holds no such key
 */
export async function createServiceTokenSigner(
  keyFile: string,
  audience: string,
): Promise<ServiceTokenSigner> {
  const jwk = (await readJsonFile('SERVICE_KEY', keyFile)) as JWK & { kid: string };
  const key = await importJWK(jwk, 'EdDSA').catch((cause: unknown) => {
    throw new SettingsError(`SERVICE_KEY: ${keyFile}: expected a private Ed25519 key (JWK).`, { cause });
  });
  let token = '';
  let renewAt = 0;
  return async () => {
    const now = Date.now();
    if (now < renewAt) return token;
    token = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: jwk.kid })
      .setIssuer(jwk.kid)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_LIFETIME_SECONDS}s`)
      .sign(key);
    renewAt = now + TOKEN_LIFETIME_SECONDS * 1000 - RENEW_BEFORE_MS;
    return token;
  };
}
