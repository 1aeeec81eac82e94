import type { Caller } from '../context.ts';
import type { Audience, EntitySelection } from '../transport/fetch-call.ts';

/**
 * Every key by which work of several requests is joined. Sharing between callers is a security decision: this file is
 * the whole of it.
 *
 * A key covers everything that a subgraph may answer by: the subgraph, the text of what is asked with its variables,
 * and who is asking, as far as the call that carries the answer says so. Keys of what may be under way already say
 * after how many mutations they were made (`WriteEpoch`): nobody joins what began before one ended.
 */

const callerFingerprints = new WeakMap<Caller, string>();

/** What the token of a call says, as text: equal text, equal rights. */
export function authorisationFingerprint(caller: Caller, audience: Audience): string {
  if (audience === 'public') return caller.tier;
  let fingerprint = callerFingerprints.get(caller);
  if (fingerprint === undefined) {
    const { tier, accountId, userId, scopes } = caller;
    fingerprint = JSON.stringify([tier, accountId ?? null, userId ?? null, [...scopes].sort()]);
    // A key's caller is one object as long as its snapshot lives.
    callerFingerprints.set(caller, fingerprint);
  }
  return fingerprint;
}

/** Fetches with equal keys are one call while it is under way. */
export function fetchKey(epoch: number, fingerprint: string, subgraph: string, body: string): string {
  return `${epoch}\n${fingerprint}\n${subgraph}\n${body}`;
}

/**
 * Entity look-ups with equal keys may travel in one list of representations. Definitions of variables belong to it:
 * the default of a variable that was not provided stands there alone.
 */
export function selectionKey(entities: EntitySelection, variables: string): string {
  if (variables !== '') return writeSelectionKey(entities, variables);
  let key = constantSelectionKeys.get(entities);
  if (key === undefined) {
    key = writeSelectionKey(entities, '');
    constantSelectionKeys.set(entities, key);
  }
  return key;
}

const constantSelectionKeys = new WeakMap<EntitySelection, string>();

function writeSelectionKey(
  { selection, directives, variableDefinitions }: EntitySelection,
  variables: string,
): string {
  return `${selection}\n${directives}\n${variableDefinitions.join(' ')}\n${variables}`;
}

/** Entity look-ups with equal keys may travel in one request, which is sent after all of them were asked for. */
export function laneKey(fingerprint: string, subgraph: string): string {
  return `${fingerprint}\n${subgraph}`;
}

/**
 * Requests with equal keys are one run while it is under way. The text is the whole of what was asked, as it came:
 * document, variables, name and extensions. The document stands beside it, since an id means another one to another
 * client.
 */
export function requestKey(epoch: number, fingerprint: string, document: string, text: string): string {
  return `${epoch}\n${fingerprint}\n${document}\n${text}`;
}
