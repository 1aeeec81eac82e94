import type { FastifyRequest } from 'fastify';
import { containsApiKey } from '../auth/api-key.ts';
import type { Credentials, SignedRequest } from '../auth/credentials.ts';
import { RequestError } from '../errors/errors.ts';

/** Names of parameters by which people send keys, written without `-` and `_`. */
const KEY_PARAMETERS: ReadonlySet<string> = new Set([
  'apikey',
  'xapikey',
  'key',
  'token',
  'accesstoken',
  'authorization',
]);

/**
 * Reads what of a request says who is calling.
 *
 * @throws RequestError BAD_REQUEST for a header that is sent more than once, or a key in the address
 */
export function readCredentials(request: FastifyRequest): Credentials {
  refuseKeysInAddress(request.url);
  return {
    apiKey: onlyHeader(request, 'x-api-key'),
    authorization: onlyHeader(request, 'authorization'),
    signed: readSignature(request),
    remoteAddress: request.ip,
  };
}

function readSignature(request: FastifyRequest): SignedRequest | undefined {
  const signatureInput = onlyHeader(request, 'signature-input');
  const signature = onlyHeader(request, 'signature');
  if (signatureInput === undefined && signature === undefined) return undefined;
  return {
    method: request.method,
    target: request.url,
    body: typeof request.body === 'string' ? request.body : '',
    contentDigest: onlyHeader(request, 'content-digest'),
    signatureInput,
    signature,
  };
}

/** Addresses end up in the logs of proxies and in the history of browsers: a key that was in one is known. */
function refuseKeysInAddress(url: string): void {
  const start = url.indexOf('?');
  if (start === -1) return;
  for (const [name, value] of new URLSearchParams(url.slice(start))) {
    if (!KEY_PARAMETERS.has(name.toLowerCase().replaceAll(/[-_]/g, '')) && !containsApiKey(value)) continue;
    throw new RequestError('BAD_REQUEST', {
      message:
        'Keys and tokens must not be in the address: send them as headers, and rotate one that was sent this way.',
    });
  }
}

/** Node joins or drops what is sent twice, and a proxy in front may have looked at the other one. */
function onlyHeader(request: FastifyRequest, name: string): string | undefined {
  // Node has a list for set-cookie alone, which is no header of requests.
  const value = request.headers[name] as string | undefined;
  if (value === undefined) return undefined;
  // Names and values take turns.
  const { rawHeaders } = request.raw;
  const times = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
  if (times === 1) return value;
  throw new RequestError('BAD_REQUEST', { message: `The header ${name} may be sent once only.` });
}
