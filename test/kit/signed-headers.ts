import { createHash } from 'node:crypto';
import { parseApiKey } from '../../src/auth/api-key.ts';
import { signatureBase, signBase } from '../../src/auth/signature/signature-input.ts';

export interface SignOptions {
  readonly method?: string;
  readonly target?: string;
  readonly body?: string;
  /** Seconds since the epoch. */
  readonly created?: number;
  readonly nonce?: string;
}

const COMPONENTS = '("@method" "@path" "@query" "content-digest")';

let nonces = 0;

/** The headers of a request that a signing key has signed. */
export function signedHeaders(
  key: string,
  {
    method = 'POST',
    target = '/graphql',
    body = '',
    created = Math.floor(Date.now() / 1000),
    nonce = `test-nonce-number-${nonces++}`,
  }: SignOptions = {},
): Record<string, string> {
  const { id = '', secret = '' } = parseApiKey(key) ?? {};
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const parameters = `${COMPONENTS};created=${created};nonce="${nonce}";keyid="${id}";alg="hmac-sha256"`;
  const signature = signBase(signatureBase({ method, target }, digest, parameters), secret);
  return {
    'content-digest': digest,
    'signature-input': `trb=${parameters}`,
    signature: `trb=:${signature.toString('base64')}:`,
  };
}
