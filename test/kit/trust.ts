import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK, SignJWT } from 'jose';

const ISSUERS = ['gateway', 'portfolio', 'price', 'analytics', 'news'] as const;
export type TestIssuer = (typeof ISSUERS)[number];

/** What a token says of the caller; an anonymous caller by default. */
export interface TestClaims {
  readonly userId?: string;
  readonly accountId?: string;
  readonly tier?: 'ANONYMOUS' | 'FREE' | 'PRO' | 'BUSINESS' | 'ENTERPRISE';
  readonly scopes?: readonly string[];
  readonly expiresInSeconds?: number;
}

/** Fresh Ed25519 keys for one test: a JWKS of all issuers, their key files, and a signer. */
export interface TestTrust {
  readonly jwks: JSONWebKeySet;
  readonly trustedKeysFile: string;
  serviceKeyFile(issuer: TestIssuer): string;
  /** A signed token of an issuer for an audience. */
  sign(audience: string, claims?: TestClaims, issuer?: TestIssuer): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createTestTrust(): Promise<TestTrust> {
  const directory = await mkdtemp(join(tmpdir(), 'tributary-trust-'));
  const pairs = new Map<TestIssuer, CryptoKey>();
  const keys: JWK[] = [];
  const serviceKeyFile = (issuer: TestIssuer) => join(directory, `${issuer}.private.jwk`);
  for (const issuer of ISSUERS) {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    pairs.set(issuer, privateKey);
    keys.push({ ...(await exportJWK(publicKey)), kid: issuer, alg: 'EdDSA' });
    await writeFile(
      serviceKeyFile(issuer),
      JSON.stringify({ ...(await exportJWK(privateKey)), kid: issuer }),
    );
  }
  const trustedKeysFile = join(directory, 'trusted-keys.json');
  await writeFile(trustedKeysFile, JSON.stringify({ keys }));

  return {
    jwks: { keys },
    trustedKeysFile,
    serviceKeyFile,
    async sign(
      audience,
      { userId, accountId, tier = 'ANONYMOUS', scopes = [], expiresInSeconds = 30 } = {},
      issuer = 'gateway',
    ) {
      const key = pairs.get(issuer);
      if (key === undefined) throw new TypeError(`no key of issuer ${issuer}`);
      const token = new SignJWT({
        tier,
        scope: scopes.join(' '),
        ...(accountId === undefined ? {} : { account: accountId }),
      })
        .setProtectedHeader({ alg: 'EdDSA', kid: issuer })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(new Date(Date.now() + expiresInSeconds * 1000));
      if (userId !== undefined) token.setSubject(userId);
      return token.sign(key);
    },
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true });
    },
  };
}
