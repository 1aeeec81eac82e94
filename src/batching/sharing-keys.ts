import type { Caller } from '../context.ts';
import type { Audience } from '../transport/fetch-call.ts';

/**
 * Every key by which work of several requests is joined. Sharing between callers is a security decision: this file is
 * the whole of it.
 *
 * A key covers everything that a subgraph may answer by: the subgraph, the text of what is asked with its variables,
 * and who is asking, as far as the call that carries the answer says so.
 */

/** What the token of a call says, as text: equal text, equal rights. */
export function authorisationFingerprint(caller: Caller, audience: Audience): string {
  const { tier, accountId, userId, scopes } = caller;
  if (audience === 'public') return JSON.stringify([tier]);
  return JSON.stringify([tier, accountId ?? null, userId ?? null, [...scopes].sort()]);
}

/** Fetches with equal keys are one call while it is under way. */
export function fetchKey(fingerprint: string, subgraph: string, body: string): string {
  return `${fingerprint}\n${subgraph}\n${body}`;
}

/** Entity look-ups with equal keys may travel in one list of representations. */
export function selectionKey(selection: string, directives: string, variables: string): string {
  return `${selection}\n${directives}\n${variables}`;
}

/** Entity look-ups with equal keys may travel in one request. */
export function laneKey(fingerprint: string, subgraph: string): string {
  return `${fingerprint}\n${subgraph}`;
}

/** Operations with equal keys are one run while it is under way. */
export function operationKey(fingerprint: string, operationId: string, variables: string): string {
  return `${fingerprint}\n${operationId}\n${variables}`;
}
