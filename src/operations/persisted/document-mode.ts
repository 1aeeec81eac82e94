import { DOCUMENT_MODES, type DocumentMode, type DocumentSettings } from '../../config/document-settings.ts';
import type { Caller } from '../../context.ts';

/**
 * Which documents a caller may run: the strictest of what holds for everybody, for its tier and for the client that it
 * says it is.
 *
 * A name in a header proves nothing, so it can make the mode stricter only. A key that is bound to a client proves it:
 * then the client's mode stands in place of the general one.
 */
export function documentMode(
  { mode, clients, tiers }: DocumentSettings,
  caller: Caller,
  clientName: string | undefined,
): DocumentMode {
  const own =
    clientName !== undefined && Object.hasOwn(clients, clientName) ? clients[clientName] : undefined;
  const general = own !== undefined && caller.client === clientName ? own : stricter(mode, own);
  return stricter(general, tiers[caller.tier]);
}

function stricter(one: DocumentMode, other: DocumentMode | undefined): DocumentMode {
  if (other === undefined) return one;
  return DOCUMENT_MODES.indexOf(other) > DOCUMENT_MODES.indexOf(one) ? other : one;
}
