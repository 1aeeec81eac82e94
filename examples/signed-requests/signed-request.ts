/**
 * Sends one signed GraphQL request: `node signed-request.ts URL '{ __typename }'`, with the key in SIGNING_KEY.
 * Node's standard library alone. The form of the signature is that of RFC 9421, the digest that of RFC 9530.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';

const [url, query] = process.argv.slice(2);
const [, , keyId, secret] = process.env.SIGNING_KEY?.split('_') ?? [];
if (url === undefined || query === undefined || keyId === undefined || secret === undefined) {
  process.stderr.write('usage: SIGNING_KEY=trb_sign_… node signed-request.ts URL QUERY\n');
  process.exit(2);
}

/** The headers that sign a request. Call it anew for each one, also when the same is sent again. */
function sign(method: string, address: URL, body: string): Record<string, string> {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const created = Math.floor(Date.now() / 1000);
  const nonce = randomBytes(18).toString('base64url');
  const parameters = `("@method" "@path" "@query" "content-digest");created=${created};nonce="${nonce}";keyid="${keyId}";alg="hmac-sha256"`;
  const base = [
    `"@method": ${method}`,
    `"@path": ${address.pathname}`,
    `"@query": ${address.search || '?'}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${parameters}`,
  ].join('\n');
  const signature = createHmac('sha256', secret as string)
    .update(base)
    .digest('base64');
  return {
    'content-digest': digest,
    'signature-input': `trb=${parameters}`,
    signature: `trb=:${signature}:`,
  };
}

const body = JSON.stringify({ query });
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...sign('POST', new URL(url), body) },
  body,
});
process.stdout.write(`${await response.text()}\n`);
if (!response.ok) process.exitCode = 1;
