import { CODES, type Code } from '../errors/codes.ts';
import type { SubgraphResponseError } from '../transport/subgraph-client.ts';

/** What a caller may see of an error. */
export interface PublicError {
  readonly code: Code;
  readonly message: string;
}

/** Codes of a subgraph whose messages are written for callers. Everything else a subgraph says is kept from them. */
const PUBLIC_CODES: ReadonlySet<unknown> = new Set<Code>([
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'PLAN_RESTRICTED',
]);

/** Characters of a subgraph's message that are passed on. */
const MESSAGE_LIMIT = 500;

/** An error of ours, with the sentence that the registry has for its code. */
export function publicErrorOf(code: Code): PublicError {
  return { code, message: CODES[code].message };
}

/** What a caller may see of a subgraph's error: message and code if they are meant for callers, else SUBGRAPH_ERROR. */
export function publicSubgraphError({ message, extensions }: SubgraphResponseError): PublicError {
  const code = (extensions as { code?: unknown } | undefined | null)?.code;
  if (PUBLIC_CODES.has(code) && typeof message === 'string') {
    return { code: code as Code, message: message.slice(0, MESSAGE_LIMIT) };
  }
  return publicErrorOf('SUBGRAPH_ERROR');
}
