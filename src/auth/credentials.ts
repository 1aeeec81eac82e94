import { RequestError } from '../errors/errors.ts';

/** What of a request says who is calling. */
export interface Credentials {
  /** `x-api-key` */
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
  /** The parts that a signature covers; undefined when the request carries none. */
  readonly signed: SignedRequest | undefined;
  /** The address of the client, as the socket has it. */
  readonly remoteAddress: string;
}

/** A request with a signature, as it came (RFC 9421). */
export interface SignedRequest {
  readonly method: string;
  /** Path and query string as the client wrote them. */
  readonly target: string;
  /** Empty where there is none. */
  readonly body: string;
  /** `Content-Digest` (RFC 9530). */
  readonly contentDigest: string | undefined;
  /** `Signature-Input` */
  readonly signatureInput: string | undefined;
  /** `Signature` */
  readonly signature: string | undefined;
}

/**
 * Two credentials could mean two callers, and whoever checks only one of them is wrong about who calls.
 *
 * @throws RequestError UNAUTHENTICATED when more than one is there
 */
export function requireOneCredential({ apiKey, authorization, signed }: Credentials): void {
  const count = [apiKey, authorization, signed].filter((credential) => credential !== undefined).length;
  if (count <= 1) return;
  throw new RequestError('UNAUTHENTICATED', {
    message: 'Send one credential: an API key, a bearer token, or a signature.',
  });
}
