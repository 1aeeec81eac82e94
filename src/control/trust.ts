import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JSONWebKeySet, JWK } from 'jose';
import { ConfigError } from '../errors/errors.ts';
import { writeFileAtomic } from '../lib/write-file-atomic.ts';
import type { StateDirectory } from './state-directory.ts';

/** Who signs tokens: the gateway for callers, the subgraphs for reading each other's internal routes. */
export const ISSUERS = ['gateway', 'portfolio', 'price', 'analytics', 'news'] as const;
export type Issuer = (typeof ISSUERS)[number];

const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;

/** What the platform's parts prove themselves with. Made once; the same at each later start. */
export interface Trust {
  /** The JWKS file with the public keys of all issuers; `kid` is the issuer. */
  readonly trustedKeysFile: string;
  /** An issuer's private Ed25519 key, a JWK file that only its owner may read. */
  privateKeyFile(issuer: Issuer): string;
  /** The gateway's private key. */
  readonly signingKey: JWK;
  /** Peppers the hashes of API keys. */
  readonly keyPepper: string;
  /** Keeps the cursors of subgraphs valid over restarts. */
  readonly cursorKey: string;
  /** Opens the control API of the admin listener. */
  readonly adminToken: string;
}

/**
 * Reads the key pairs and secrets of the state directory, and makes the missing ones.
 *
 * @throws ConfigError START_FAILED naming the file that is damaged
 */
export function openTrust(state: StateDirectory): Trust {
  const privateKeyFile = (issuer: Issuer): string => join(state.keysPath, `${issuer}.private.jwk`);
  const privateKeys = ISSUERS.map((issuer) => openPrivateKey(privateKeyFile(issuer), issuer));
  const trustedKeysFile = join(state.keysPath, 'trusted-keys.json');
  const trusted: JSONWebKeySet = { keys: privateKeys.map(publicPart) };
  writeFileAtomic(trustedKeysFile, `${JSON.stringify(trusted, null, 2)}\n`);
  return {
    trustedKeysFile,
    privateKeyFile,
    signingKey: privateKeys[ISSUERS.indexOf('gateway')] as JWK,
    keyPepper: openSecret(join(state.keysPath, 'key-pepper')),
    cursorKey: openSecret(join(state.keysPath, 'cursor-key')),
    adminToken: openSecret(state.adminTokenFile),
  };
}

function openPrivateKey(file: string, issuer: Issuer): JWK {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: issuer, alg: 'EdDSA' };
    writeFileAtomic(file, `${JSON.stringify(jwk)}\n`, OWNER_ONLY);
  }
  const text = readSecretFile(file);
  try {
    const jwk = JSON.parse(text) as JWK;
    if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519' && jwk.kid === issuer && jwk.d !== undefined) return jwk;
  } catch {
    // Falls through to the message below: the file is no JSON at all.
  }
  throw new ConfigError(
    'START_FAILED',
    `${file} is not the private Ed25519 key of ${issuer}; remove it to make a new one.`,
  );
}

function publicPart(jwk: JWK): JWK {
  const { kty, crv, x, kid, alg } = jwk;
  return { kty, crv, x, kid, alg, use: 'sig' } as JWK;
}

function openSecret(file: string): string {
  if (!existsSync(file))
    writeFileAtomic(file, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, OWNER_ONLY);
  const secret = readSecretFile(file).trim();
  if (Buffer.from(secret, 'base64url').length >= SECRET_BYTES) return secret;
  throw new ConfigError('START_FAILED', `${file} is damaged; remove it to make a new one.`);
}

/** Reads a secret, and takes away rights that somebody else may have been given. */
function readSecretFile(file: string): string {
  chmodSync(file, OWNER_ONLY);
  return readFileSync(file, 'utf8');
}
