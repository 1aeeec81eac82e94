import {
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
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
  /** The primary's private Ed25519 key: signs the snapshots that this machine's workers serve from. */
  readonly snapshotKey: KeyObject;
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
  const privateKeyFile = (issuer: Issuer): string => privateKeyFileOf(state, issuer);
  const privateKeys = ISSUERS.map((issuer) => openPrivateKey(privateKeyFile(issuer), issuer));
  const trustedKeysFile = writeTrustedKeys(state, privateKeys);
  return {
    trustedKeysFile,
    privateKeyFile,
    signingKey: privateKeys[ISSUERS.indexOf('gateway')] as JWK,
    snapshotKey: openSnapshotKey(join(state.keysPath, 'snapshot.private.jwk')),
    keyPeppers: openSecrets(join(state.keysPath, 'key-pepper'), environment.TRIBUTARY_KEY_PEPPER),
    sealingKeys: openSecrets(join(state.keysPath, 'sealing-key'), environment.TRIBUTARY_SEALING_KEY),
    cursorKey: openSecrets(join(state.keysPath, 'cursor-key'))[0],
    adminToken: openSecrets(state.adminTokenFile, environment.TRIBUTARY_ADMIN_TOKEN)[0],
  };
}

/** The next key of the gateway during a rotation. */
const nextKeyFile = (state: StateDirectory): string => join(state.keysPath, 'gateway.next.private.jwk');
/** The public part of the gateway's key before the last rotation. */
const previousKeyFile = (state: StateDirectory): string => join(state.keysPath, 'gateway.previous.jwk');
const privateKeyFileOf = (state: StateDirectory, issuer: Issuer): string =>
  join(state.keysPath, `${issuer}.private.jwk`);

/** The steps by which the gateway gets a new signing key while subgraphs go on: they trust two keys in between. */
export const SIGNING_KEY_STEPS = ['prepare', 'activate', 'retire'] as const;
export type SigningKeyStep = (typeof SIGNING_KEY_STEPS)[number];

/**
 * Takes one step of the rotation of the gateway's signing key:
 *
 * - `prepare`: a new key is trusted, the old one signs
 * - `activate`: the new key signs, the old one is trusted
 * - `retire`: the old one is trusted no more
 *
 * Programs read the keys when they start: whoever trusts is restarted after each step before whoever signs.
 *
 * @returns the JWKS file for subgraphs
 * @throws ConfigError START_FAILED when the step before it was not taken
 */
export function rotateSigningKey(state: StateDirectory, step: SigningKeyStep): string {
  const current = privateKeyFileOf(state, 'gateway');
  const isPrepared = existsSync(nextKeyFile(state));
  const isActivated = existsSync(previousKeyFile(state));
  if (step === 'prepare') {
    if (isPrepared || isActivated) throw outOfOrder(isPrepared ? 'activate' : 'retire');
    writePrivateKey(nextKeyFile(state), `gateway.${randomBytes(4).toString('hex')}`);
  } else if (step === 'activate') {
    if (!isPrepared) throw outOfOrder(isActivated ? 'retire' : 'prepare');
    const old = openPrivateKey(current, 'gateway');
    writeFileAtomic(previousKeyFile(state), `${JSON.stringify(publicPart(old))}\n`);
    renameSync(nextKeyFile(state), current);
  } else {
    if (!isActivated) throw outOfOrder(isPrepared ? 'activate' : 'prepare');
    rmSync(previousKeyFile(state));
  }
  return openTrust(state).trustedKeysFile;
}

function outOfOrder(next: SigningKeyStep): ConfigError {
  return new ConfigError('START_FAILED', `The next step of the rotation is "${next}".`);
}

/** Writes the public keys that subgraphs trust; during a rotation two of the gateway. */
function writeTrustedKeys(state: StateDirectory, privateKeys: readonly JWK[]): string {
  const file = join(state.keysPath, 'trusted-keys.json');
  const others = [nextKeyFile(state), previousKeyFile(state)].filter((each) => existsSync(each));
  const rotated = others.map((each) => JSON.parse(readFileSync(each, 'utf8')) as JWK);
  const trusted: JSONWebKeySet = { keys: [...privateKeys, ...rotated].map(publicPart) };
  writeFileAtomic(file, `${JSON.stringify(trusted, null, 2)}\n`);
  return file;
}

function writePrivateKey(file: string, kid: string): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA' };
  writeFileAtomic(file, `${JSON.stringify(jwk)}\n`, OWNER_ONLY);
}

/** No issuer's: what it signs is nobody's token. */
function openSnapshotKey(file: string): KeyObject {
  return createPrivateKey({ key: openPrivateKey(file, 'snapshot') as JsonWebKey, format: 'jwk' });
}

function openPrivateKey(file: string, issuer: Issuer | 'snapshot'): JWK {
  if (!existsSync(file)) writePrivateKey(file, issuer);
  const text = readSecretFile(file);
  try {
    const jwk = JSON.parse(text) as JWK;
    if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519' && isKeyOf(jwk, issuer) && jwk.d !== undefined) return jwk;
  } catch {
    // Falls through to the message below: the file is no JSON at all.
  }
  throw new ConfigError(
    'START_FAILED',
    `${file} is not the private Ed25519 key of ${issuer}; remove it to make a new one.`,
  );
}

/** `gateway`, or `gateway.<anything>` after a rotation: how subgraphs know whose key it is. */
function isKeyOf({ kid = '' }: JWK, issuer: string): boolean {
  return kid === issuer || kid.startsWith(`${issuer}.`);
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
