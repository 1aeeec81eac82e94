import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { importJWK, SignJWT } from 'jose';
import { callerOf, createTokenVerifier, TokenRefused } from '../../../subgraphs/shared/caller.ts';
import { createTestTrust } from '../../kit/trust.ts';

/** A token signed with one issuer's key in the name of another. */
async function forge(keyFile: string, kid: string, issuer: string): Promise<string> {
  const key = await importJWK(JSON.parse(await readFile(keyFile, 'utf8')), 'EdDSA');
  return new SignJWT({ tier: 'ENTERPRISE', scope: 'platform:write' })
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .setIssuer(issuer)
    .setAudience('portfolio')
    .setSubject('usr_1')
    .setIssuedAt()
    .setExpirationTime('30s')
    .sign(key);
}

test("the gateway's token is taken, and says who is calling", async () => {
  await using trust = await createTestTrust();
  const verifier = createTokenVerifier({ keys: trust.jwks, issuers: ['gateway'], audience: 'portfolio' });
  const token = await trust.sign('portfolio', { userId: 'usr_1', tier: 'PRO', scopes: ['a', 'b'] });
  const caller = callerOf(await verifier.verify(`Bearer ${token}`));
  assert.deepEqual(caller, { userId: 'usr_1', tier: 'PRO', scopes: new Set(['a', 'b']) });
});

test("a trusted key signs in its own issuer's name alone, whatever kid it claims", async () => {
  await using trust = await createTestTrust();
  const verifier = createTokenVerifier({ keys: trust.jwks, issuers: ['gateway'], audience: 'portfolio' });
  for (const kid of ['news', 'gateway', 'gateway.2', 'nobody']) {
    const forged = await forge(trust.serviceKeyFile('news'), kid, 'gateway');
    await assert.rejects(verifier.verify(`Bearer ${forged}`), TokenRefused, `kid ${kid}`);
  }
});

test('another audience, another issuer, an expired token and none at all are refused', async () => {
  await using trust = await createTestTrust();
  const verifier = createTokenVerifier({ keys: trust.jwks, issuers: ['gateway'], audience: 'portfolio' });
  const tokens = [
    await trust.sign('price'),
    await trust.sign('portfolio', {}, 'news'),
    await trust.sign('portfolio', { expiresInSeconds: -60 }),
    'eyJhbGciOiJub25lIn0.eyJpc3MiOiJnYXRld2F5In0.',
  ];
  for (const token of tokens) await assert.rejects(verifier.verify(`Bearer ${token}`), TokenRefused);
  await assert.rejects(verifier.verify(undefined), TokenRefused);
});

test('during a rotation two keys of one issuer are taken', async () => {
  await using before = await createTestTrust();
  await using after = await createTestTrust();
  const second = after.jwks.keys
    .filter(({ kid }) => kid === 'gateway')
    .map((key) => ({ ...key, kid: 'gateway.2' }));
  const keys = { keys: [...before.jwks.keys, ...second] };
  const verifier = createTokenVerifier({ keys, issuers: ['gateway'], audience: 'portfolio' });
  await verifier.verify(`Bearer ${await before.sign('portfolio')}`);
  await verifier.verify(`Bearer ${await forge(after.serviceKeyFile('gateway'), 'gateway.2', 'gateway')}`);
});
