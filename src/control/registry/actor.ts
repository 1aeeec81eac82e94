import { RequestError } from '../../errors/errors.ts';

/** What a publisher's token may allow. */
export const PUBLISHER_ACTIONS = ['check', 'publish'] as const;
export type PublisherAction = (typeof PUBLISHER_ACTIONS)[number];

/** Who asks the registry: the operator, or whoever holds a token that is bound to one subgraph. */
export type Actor =
  | { readonly kind: 'admin' }
  | {
      readonly kind: 'publisher';
      readonly tokenId: string;
      readonly subgraph: string;
      /** The team that the subgraph belongs to. */
      readonly owner: string;
      readonly actions: readonly PublisherAction[];
    };

/** How tables and logs call an actor. */
export function actorName(actor: Actor): string {
  return actor.kind === 'admin' ? 'admin' : `${actor.owner} (token ${actor.tokenId})`;
}

/** @throws RequestError FORBIDDEN with the reason */
export function requireRight(actor: Actor, action: PublisherAction, subgraph: string): void {
  if (actor.kind === 'admin') return;
  if (actor.subgraph !== subgraph) {
    throw new RequestError('FORBIDDEN', {
      message: `This token is bound to the subgraph "${actor.subgraph}"; it cannot ${action} "${subgraph}".`,
    });
  }
  if (actor.actions.includes(action)) return;
  throw new RequestError('FORBIDDEN', { message: `This token may not ${action} "${subgraph}".` });
}

/** @throws RequestError FORBIDDEN */
export function requireAdmin(actor: Actor): void {
  if (actor.kind === 'admin') return;
  throw new RequestError('FORBIDDEN', { message: 'This needs the admin token.' });
}
