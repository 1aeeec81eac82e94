import { callSettingsOf } from '../../config/subgraph-settings.ts';
import { RequestError } from '../../errors/errors.ts';
import { isInternalUrl } from '../../lib/internal-url.ts';
import { sha256 } from '../../lib/sha256.ts';
import type { Database } from '../../storage/database.ts';
import { refuseOutboundUrl } from '../../transport/egress-guard.ts';
import { type Actor, actorName, requireAdmin } from './actor.ts';
import type { CheckReport } from './check-publication.ts';
import { toVersionChanges } from './describe-version-changes.ts';
import { findTakeovers } from './find-takeovers.ts';
import { probeSubgraph } from './probe-subgraph.ts';
import type { RegistryOptions } from './registry-options.ts';
import type { Published, PublishRequest } from './registry-requests.ts';
import { runCheck } from './run-check.ts';
import { headFor, serveVersion } from './serve-version.ts';
import { findByClientToken, type RegisteredSubgraph, type SupergraphVersion } from './version-store.ts';

/** The version that this request has made before. @throws RequestError when its name was used for another one */
export async function findRepeated(database: Database, request: PublishRequest): Promise<number | undefined> {
  if (request.clientToken === undefined) return undefined;
  const known = await findByClientToken(database, request.clientToken);
  if (known === undefined) return undefined;
  if (known.requestHash === requestHash(request)) return known.id;
  throw new RequestError('SCHEMA_CONFLICT', {
    message: `Another publish has used the client token "${request.clientToken}": each publish needs a new one.`,
  });
}

function requestHash({ subgraph, sdl, routingUrl = '', owner = '' }: PublishRequest): string {
  return sha256(JSON.stringify([subgraph, sdl, routingUrl, owner]));
}

/**
 * Checks, probes and serves.
 *
 * @throws RequestError: what stands in the way, see `Registry.publish`
 */
export async function publishChecked(
  options: RegistryOptions,
  request: PublishRequest,
  actor: Actor,
): Promise<Published> {
  const head = await headFor(options, request);
  const proposed = await proposeSubgraph(options, head, request, actor);
  refuseTakeovers(proposed, head, request, actor);
  const { report, supergraph } = await runCheck(options, head, request);
  if (supergraph === undefined || !report.ok) throw checkFailed(report);
  if (request.probe) await probe(options, proposed);
  const subgraphs = [...head.subgraphs.filter(({ name }) => name !== proposed.name), proposed].sort(
    (left, right) => left.name.localeCompare(right.name),
  );
  const version = await serveVersion(options, head, {
    kind: 'publish',
    author: actorName(actor),
    reason: request.reason,
    federationVersion: head.federationVersion,
    ...supergraph,
    subgraphs,
    changes: toVersionChanges(report.changes),
    clientToken: request.clientToken,
    requestHash: requestHash(request),
  });
  return { version, isRepeated: false, report };
}

/** @throws RequestError FORBIDDEN, BAD_USER_INPUT, ROUTING_URL_FORBIDDEN */
async function proposeSubgraph(
  { settings }: RegistryOptions,
  head: SupergraphVersion,
  { subgraph, sdl, routingUrl, owner }: PublishRequest,
  actor: Actor,
): Promise<RegisteredSubgraph> {
  // Whoever could name a team would own what belongs to it.
  if (owner !== undefined && actor.kind === 'publisher' && owner !== actor.owner) {
    throw new RequestError('FORBIDDEN', {
      message: `This token publishes for ${actor.owner}; it cannot publish for ${owner}.`,
    });
  }
  const registered = head.subgraphs.find(({ name }) => name === subgraph);
  const url = routingUrl ?? registered?.routingUrl;
  if (url === undefined) {
    throw new RequestError('BAD_USER_INPUT', {
      message: `"${subgraph}" is new: say where it answers (routingUrl).`,
    });
  }
  if (isInternalUrl(registered?.routingUrl ?? '')) {
    throw new RequestError('ROUTING_URL_FORBIDDEN', {
      message: `"${subgraph}" is answered by the gateway itself: its schema comes with the gateway and is not published.`,
    });
  }
  // What the operator's files name is trusted, as long as nobody says otherwise.
  const isTrusted = registered?.fileHash != null && url === registered.routingUrl;
  const refusal = isTrusted ? undefined : await refuseOutboundUrl(url, settings().egress);
  if (refusal !== undefined) throw new RequestError('ROUTING_URL_FORBIDDEN', { message: refusal });
  return {
    name: subgraph,
    sdl,
    routingUrl: url,
    owner: owner ?? ownerFor(subgraph, head, actor),
    fileHash: isTrusted ? registered.fileHash : null,
  };
}

/** The team that a subgraph belongs to, or would. */
export function ownerFor(subgraph: string, head: SupergraphVersion, actor: Actor): string {
  if (actor.kind === 'publisher') return actor.owner;
  return head.subgraphs.find(({ name }) => name === subgraph)?.owner ?? subgraph;
}

/** @throws RequestError FORBIDDEN with every reason */
function refuseTakeovers(
  proposed: RegisteredSubgraph,
  head: SupergraphVersion,
  { takeOver }: PublishRequest,
  actor: Actor,
): void {
  if (takeOver) {
    requireAdmin(actor);
    return;
  }
  const reasons = findTakeovers(proposed, head.subgraphs);
  if (reasons.length > 0) throw new RequestError('FORBIDDEN', { message: reasons.join(' ') });
}

function checkFailed(report: CheckReport): RequestError {
  const message =
    report.faults.length > 0
      ? 'The subgraphs do not compose with it.'
      : 'It would break what clients use, or leave something private open.';
  return new RequestError('SCHEMA_CHECK_FAILED', { message, extensions: { report } });
}

/** @throws RequestError SUBGRAPH_PROBE_FAILED */
async function probe(
  { settings, tokens, runningUrls }: RegistryOptions,
  proposed: RegisteredSubgraph,
): Promise<void> {
  const { egress, subgraphs } = settings();
  const routingUrl = (await runningUrls())[proposed.name] ?? proposed.routingUrl;
  const reason = await probeSubgraph(
    { ...proposed, routingUrl },
    {
      tokens,
      egress: proposed.fileHash === null ? egress : undefined,
      call: callSettingsOf(subgraphs, proposed.name),
    },
  );
  if (reason !== undefined) throw new RequestError('SUBGRAPH_PROBE_FAILED', { message: reason });
}
