import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLocalJWKSet, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { openStateDirectory } from '../../../src/control/state-directory.ts';
import { ISSUERS, openTrust } from '../../../src/control/trust.ts';
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
