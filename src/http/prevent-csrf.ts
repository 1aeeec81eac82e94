import { RequestError } from '../errors/errors.ts';

/** Content types that a browser sends to other origins without asking first. */
const SIMPLE_CONTENT_TYPES: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);

/**
 * Headers that make a browser ask first (a preflight); one of them, not empty, is enough. Any header does that which a
 * page cannot set by itself; these are those that clients send anyway, and the one that is there for nothing else.
 */
const PREFLIGHT_HEADERS = [
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'x-api-key',
  'apollographql-client-name',
  'graphql-client-name',
] as const;

/**
 * Refuses a request that a web page of another origin could have sent without a preflight (cross-site request
 * forgery), whatever it asks for.
 *
 * @throws RequestError BAD_REQUEST
 */
export function preventCsrf(headers: Readonly<Record<string, string | string[] | undefined>>): void {
  const contentType = String(headers['content-type'] ?? '')
    .split(';', 1)[0]
    ?.trim()
    .toLowerCase();
  if (contentType !== undefined && contentType !== '' && !SIMPLE_CONTENT_TYPES.has(contentType)) return;
  if (PREFLIGHT_HEADERS.some((name) => headers[name] !== undefined && headers[name] !== '')) return;
  throw new RequestError('BAD_REQUEST', {
    message: `The request could have been forged by another web site: send the header ${PREFLIGHT_HEADERS[0]}: true, or a POST with content-type: application/json.`,
  });
}
