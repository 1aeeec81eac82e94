import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { CANARY } from './canaries.ts';

/** An issuer of tokens with a JWKS address. */
export interface TestIssuer {
  /** Its name, as `iss` says it. */
  readonly name: string;
  readonly jwksUrl: string;
  /** How often its keys were asked for. */
  readonly fetches: () => number;
  /** Signs claims with its newest key. `iss`, `aud`, `iat`, `exp` and `sub` are filled in. */
  sign(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Makes a new key, which replaces the ones before in the JWKS. */
  rotate(): Promise<void>;
  /** Its public key as text, for whoever would use it as a shared secret. */
  publicKeyText(): Promise<string>;
  /** How the JWKS address answers from now on; a good answer without it. */
  answerWith(answer?: (response: ServerResponse) => void): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export const AUDIENCE = 'https://api.test';

export async function startTestIssuer(): Promise<TestIssuer> {
  let fetches = 0;
  let generation = 0;
  let answer: ((response: ServerResponse) => void) | undefined;
  let pair = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = async (): Promise<JWK> => ({
    ...(await exportJWK(pair.publicKey)),
    kid: `key-${generation}`,
    alg: 'ES256',
  });
  const server = createServer(async (_request, response) => {
    fetches += 1;
    if (answer === undefined) response.end(JSON.stringify({ keys: [await publicJwk()] }));
    else answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  return {
    name: origin,
    jwksUrl: `${origin}/jwks.json`,
    fetches: () => fetches,
    sign: (claims = {}, header = {}) =>
      new SignJWT({
        iss: origin,
        aud: AUDIENCE,
        sub: 'usr_1',
        canary: CANARY.claim,
        iat: nowSeconds(),
        exp: nowSeconds() + 300,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: `key-${generation}`, ...header })
        .sign(pair.privateKey as CryptoKey),
    async rotate() {
      generation += 1;
      pair = await generateKeyPair('ES256', { extractable: true });
    },
    publicKeyText: async () => JSON.stringify(await publicJwk()),
    answerWith(next) {
      answer = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A token of this header and these claims, signed with a shared secret, or not at all without one. */
export function forgeToken(header: object, claims: object, secret?: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${secret === undefined ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
}
