import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLocalJWKSet, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { createCallerTokenSigner } from '../../../src/auth/caller-token.ts';
import { openStateDirectory } from '../../../src/control/state-directory.ts';
import { ISSUERS, openTrust, rotateSigningKey } from '../../../src/control/trust.ts';
import { createTokenVerifier, readTrustedKeys } from '../../../subgraphs/shared/caller.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const modeOf = (file: string): number => statSync(file).mode & 0o777;

test('what one issuer signs, the trusted keys verify, and nobody else may read the private key', async () => {
  using folder = createTemporaryFolder();
  const trust = openTrust(openStateDirectory(join(folder.path, 'state')));
  const trusted = createLocalJWKSet(JSON.parse(readFileSync(trust.trustedKeysFile, 'utf8')));
  for (const issuer of ISSUERS) {
    const file = trust.privateKeyFile(issuer);
    assert.equal(modeOf(file), 0o600);
    const jwk = JSON.parse(readFileSync(file, 'utf8')) as JWK;
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: issuer })
      .sign(await importJWK(jwk, 'EdDSA'));
    const { protectedHeader } = await jwtVerify(token, trusted);
    assert.equal(protectedHeader.kid, issuer);
  }
  assert.doesNotMatch(readFileSync(trust.trustedKeysFile, 'utf8'), /"d"/);
});

test('a second start finds the same keys and secrets, and takes away rights that were given since', () => {
  using folder = createTemporaryFolder();
  const path = join(folder.path, 'state');
  const first = openTrust(openStateDirectory(path));
  const opened = [
    path,
    first.privateKeyFile('gateway'),
    join(path, 'admin-token'),
    join(path, 'keys/key-pepper'),
  ];
  for (const file of opened) chmodSync(file, 0o755);
  const state = openStateDirectory(path);
  const { privateKeyFile: _one, ...second } = openTrust(state);
  const { privateKeyFile: _other, ...expected } = first;
  assert.deepEqual(second, expected);
  assert.deepEqual(opened.map(modeOf), [0o700, 0o600, 0o600, 0o600]);
});

test('a damaged key or secret is named, not replaced', () => {
  for (const name of ['keys/price.private.jwk', 'keys/key-pepper']) {
    using folder = createTemporaryFolder();
    const state = openStateDirectory(folder.path);
    openTrust(state);
    folder.write(name, '{"kty":"oct"}');
    assert.throws(() => openTrust(state), {
      code: 'START_FAILED',
      message: new RegExp(name.replaceAll('.', '\\.')),
    });
  }
});

test("the gateway's signing key is rotated in three steps, and subgraphs trust two keys in between", async () => {
  using folder = createTemporaryFolder();
  const state = openStateDirectory(folder.path);
  const sign = async () => {
    const signer = await createCallerTokenSigner(openTrust(state).signingKey);
    return `Bearer ${await signer.sign({ tier: 'FREE', scopes: new Set() }, 'price')}`;
  };
  const isTrusted = async (authorization: string) => {
    const keys = await readTrustedKeys(openTrust(state).trustedKeysFile);
    const verifier = createTokenVerifier({ keys, issuers: ['gateway'], audience: 'price' });
    return verifier.verify(authorization).then(
      () => true,
      () => false,
    );
  };
  const old = await sign();
  assert.throws(() => rotateSigningKey(state, 'activate'), { message: /"prepare"/ });
  assert.throws(() => rotateSigningKey(state, 'retire'), { message: /"prepare"/ });

  rotateSigningKey(state, 'prepare');
  assert.deepEqual([await isTrusted(old), await isTrusted(await sign())], [true, true]);
  assert.throws(() => rotateSigningKey(state, 'prepare'), { message: /"activate"/ });

  rotateSigningKey(state, 'activate');
  const fresh = await sign();
  assert.deepEqual([await isTrusted(old), await isTrusted(fresh)], [true, true]);
  assert.throws(() => rotateSigningKey(state, 'prepare'), { message: /"retire"/ });

  rotateSigningKey(state, 'retire');
  assert.deepEqual(
    [await isTrusted(old), await isTrusted(fresh), await isTrusted(await sign())],
    [false, true, true],
  );
  assert.equal(modeOf(join(folder.path, 'keys/gateway.private.jwk')), 0o600);
});

test('peppers and sealing keys are lists, the one in use first; the environment wins over the files', () => {
  using folder = createTemporaryFolder();
  const state = openStateDirectory(folder.path);
  const [pepper] = openTrust(state).keyPeppers;
  const fresh = Buffer.alloc(32, 'n').toString('base64url');
  folder.write('keys/key-pepper', `${fresh}\n${pepper}\n`);
  assert.deepEqual(openTrust(state).keyPeppers, [fresh, pepper]);
  const given = openTrust(state, { TRIBUTARY_KEY_PEPPER: fresh, TRIBUTARY_ADMIN_TOKEN: fresh });
  assert.deepEqual([given.keyPeppers, given.adminToken], [[fresh], fresh]);
  assert.throws(() => openTrust(state, { TRIBUTARY_KEY_PEPPER: 'short' }), { message: /too short/ });
});
