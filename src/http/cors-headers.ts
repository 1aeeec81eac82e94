/** Headers that a web app may read from answers. */
export const EXPOSED_HEADERS: readonly string[] = [
  'x-request-id',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'x-rules-refused',
];

/**
 * The CORS headers of an answer that is written before any hook of Fastify runs.
 *
 * @param origins - the origins that the settings let in; `*` for all of them
 * @param origin - the Origin header; undefined when there is none, or when the request could not be read: where not
 *   every origin is let in, the answer then names none
 */
export function corsHeaders(origins: readonly string[], origin: string | undefined): Record<string, string> {
  const exposed = { 'access-control-expose-headers': EXPOSED_HEADERS.join(', ') };
  if (origins.includes('*')) return { ...exposed, 'access-control-allow-origin': '*' };
  const isLetIn = origin !== undefined && origins.includes(origin);
  return { ...exposed, vary: 'Origin', ...(isLetIn ? { 'access-control-allow-origin': origin } : {}) };
}
