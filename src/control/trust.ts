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
  /** Pepper the hashes of API keys: the first makes new ones, all are tried. */
  readonly keyPeppers: readonly string[];
  /** Seal the secrets of signing keys: the first seals, the one that sealed opens. */
  readonly sealingKeys: readonly string[];
  /** Keeps the cursors of subgraphs valid over restarts. */
  readonly cursorKey: string;
  /** Opens the control API of the admin listener. */
  readonly adminToken: string;
}

/**
 * Reads the key pairs and secrets of the state directory, and makes the missing ones.
 *
 * @param environment - secrets that several machines share: TRIBUTARY_KEY_PEPPER, TRIBUTARY_SEALING_KEY,
 *   TRIBUTARY_ADMIN_TOKEN
 * @throws ConfigError START_FAILED naming the file that is damaged
 */
export function openTrust(state: StateDirectory, environment: NodeJS.ProcessEnv = {}): Trust {
  const privateKeyFile = (issuer: Issuer): string => join(state.keysPath, `${issuer}.private.jwk`);
  const privateKeys = ISSUERS.map((issuer) => openPrivateKey(privateKeyFile(issuer), issuer));
  const trustedKeysFile = join(state.keysPath, 'trusted-keys.json');
  const trusted: JSONWebKeySet = { keys: privateKeys.map(publicPart) };
  writeFileAtomic(trustedKeysFile, `${JSON.stringify(trusted, null, 2)}\n`);
  return {
    trustedKeysFile,
    privateKeyFile,
    signingKey: privateKeys[ISSUERS.indexOf('gateway')] as JWK,
    keyPeppers: openSecrets(join(state.keysPath, 'key-pepper'), environment.TRIBUTARY_KEY_PEPPER),
    sealingKeys: openSecrets(join(state.keysPath, 'sealing-key'), environment.TRIBUTARY_SEALING_KEY),
    cursorKey: openSecrets(join(state.keysPath, 'cursor-key'))[0],
    adminToken: openSecrets(state.adminTokenFile, environment.TRIBUTARY_ADMIN_TOKEN)[0],
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

/**
 * Secrets from the environment, else from a file that is made when it is missing: one a line, the one in use first, then
 * those that it replaced.
 */
function openSecrets(file: string, given?: string): readonly [string, ...string[]] {
  const isFile = given === undefined || given.trim() === '';
  if (isFile && !existsSync(file)) {
    writeFileAtomic(file, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, OWNER_ONLY);
  }
  const text = isFile ? readSecretFile(file) : given;
  const [first, ...others] = text.split(/\s+/).filter(Boolean);
  if (first !== undefined && [first, ...others].every(isLongEnough)) return [first, ...others];
  throw new ConfigError(
    'START_FAILED',
    isFile
      ? `${file} is damaged; remove it to make a new one.`
      : `A secret of the environment is too short: ${SECRET_BYTES} random bytes in base64 are expected (openssl rand -base64 ${SECRET_BYTES}).`,
  );
}

function isLongEnough(secret: string): boolean {
  return Buffer.from(secret, 'base64url').length >= SECRET_BYTES;
}

/** Reads a secret, and takes away rights that somebody else may have been given. */
function readSecretFile(file: string): string {
  chmodSync(file, OWNER_ONLY);
  return readFileSync(file, 'utf8');
}
