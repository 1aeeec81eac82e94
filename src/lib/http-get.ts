import { get as getOverTcp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { get as getOverTls } from 'node:https';
import { text } from 'node:stream/consumers';

/** An answer, read to its end. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * Asks another program of the platform over HTTP, follows no redirect and puts no cap on the answer: for programs that
 * are trusted. By Node's own client, since every program of the platform asks once as it starts, and loading undici is
 * a tenth of a start.
 *
 * @throws the error of the socket, or the signal's
 */
export async function httpGet(
  url: URL,
  {
    headers = {},
    signal,
  }: { readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const get = url.protocol === 'https:' ? getOverTls : getOverTcp;
  get(url, { headers, signal }, resolve).on('error', reject);
  const response = await promise;
  return { statusCode: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}
