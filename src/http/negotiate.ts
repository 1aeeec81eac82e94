import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { RequestError } from '../errors/errors.ts';

/** The media types that an answer can have. */
export type ResponseMediaType = 'application/json' | 'application/graphql-response+json';

/** In order of preference where the client has none: the older type, as the specification asks until 2025 and clients expect. */
const AVAILABLE: readonly ResponseMediaType[] = ['application/json', 'application/graphql-response+json'];

/**
 * Chooses the media type of the answer.
 *
 * @param accept - the Accept header; absent means anything
 * @throws RequestError BAD_REQUEST (406) when the client takes neither
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types
 */
export function negotiate(accept = '*/*'): ResponseMediaType {
  let chosen = known.get(accept);
  if (chosen === undefined) {
    chosen = choose(accept);
    known.set(accept, chosen);
  }
  return chosen;
}

/** What clients send is one of few headers, time after time. */
const known = new LRUCache<string, ResponseMediaType>({ max: 100 });

function choose(accept: string): ResponseMediaType {
  const chosen = new Negotiator({ headers: { accept } }).mediaType([...AVAILABLE]);
  if (chosen !== undefined) return chosen as ResponseMediaType;
  throw new RequestError('BAD_REQUEST', {
    message: `The answer can be ${AVAILABLE.join(' or ')}; the Accept header takes neither.`,
    status: 406,
  });
}

/** Whether a GET comes from a person with a browser, who gets a page instead of JSON. */
export function wantsHtml(accept: string | undefined): boolean {
  return (
    new Negotiator({ headers: { accept: accept ?? '*/*' } }).mediaType([...AVAILABLE, 'text/html']) ===
    'text/html'
  );
}
