import type { CallerTokenSigner } from '../../auth/caller-token.ts';
import type { GatewaySettings } from '../../config/gateway-settings.ts';
import { callSettingsOf } from '../../config/subgraph-settings.ts';
import { RequestError } from '../../errors/errors.ts';
import type { Database } from '../../storage/database.ts';
import type { Change } from '../../storage/revision.ts';
import { refuseRoutingUrl } from '../../transport/egress-guard.ts';
import { type Actor, actorName, requireAdmin, requireRight } from './actor.ts';
import { admitChecks } from './admit-checks.ts';
import type { AuditLog } from './audit-log.ts';
import { type CheckOutcome, type CheckReport, checkPublication } from './check-publication.ts';
import { describeVersionChanges, toVersionChanges } from './describe-version-changes.ts';
import { findTakeovers } from './find-takeovers.ts';
import type { OperationUsage } from './operation-usage.ts';
import { probeSubgraph } from './probe-subgraph.ts';
import {
  appendVersion,
  findByClientToken,
  listVersions,
  type NewVersion,
  type RegisteredSubgraph,
  readHead,
  readVersion,
  type SupergraphVersion,
  sha256,
  type VersionSummary,
} from './version-store.ts';
import type { RegistryEvent, Webhooks } from './webhooks.ts';

/** A subgraph that somebody wants to have checked. */
export interface CheckRequest {
  readonly subgraph: string;
  readonly sdl: string;
  /** The one that is registered, unless it says otherwise; a new subgraph needs none to be checked. */
  readonly routingUrl?: string | undefined;
  /** The version that the caller has seen. */
  readonly parent?: number | undefined;
}

/** A subgraph that somebody wants to have served. */
export interface PublishRequest extends CheckRequest {
  readonly reason: string;
  /** The team; the registered one, the token's, or the subgraph's own name unless it says otherwise. */
  readonly owner?: string | undefined;
  /** The same request under the same name makes one version, however often it is sent. */
  readonly clientToken?: string | undefined;
  /** Whether the subgraph is called before it goes live. */
  readonly probe: boolean;
  /** Lets the operator take what belongs to another team. */
  readonly takeOver: boolean;
}

/** What a publish came to. */
export interface Published {
  readonly version: number;
  /** Whether this very request had made the version before. */
  readonly isRepeated: boolean;
  /** Absent when the request was repeated, or nothing changed. */
  readonly report?: CheckReport;
}

/** The subgraphs of the platform and the versions of what they come to. */
export interface Registry {
  /** @throws RequestError FORBIDDEN, SCHEMA_CONFLICT, PAYLOAD_TOO_LARGE, RATE_LIMITED */
  check(request: CheckRequest, actor: Actor): Promise<CheckReport>;
  /**
   * Checks a subgraph, calls it, and serves it. Everything that stands in the way is an error, and what was served
   * before goes on.
   *
   * @throws RequestError: what `check` throws, SCHEMA_CHECK_FAILED with the report, ROUTING_URL_FORBIDDEN,
   *   SUBGRAPH_PROBE_FAILED
   */
  publish(request: PublishRequest, actor: Actor): Promise<Published>;
  /**
   * Serves again what an earlier version was made of, as a new version.
   *
   * @param id - the version before the one that is served, unless it says otherwise
   * @throws RequestError NOT_FOUND, FORBIDDEN
   */
  rollBack(id: number | undefined, reason: string, actor: Actor): Promise<{ readonly version: number }>;
  /** Newest first, and the id of the one that is served. */
  versions(
    limit: number,
  ): Promise<{ readonly head: number | null; readonly versions: readonly VersionSummary[] }>;
}

export interface RegistryOptions {
  readonly database: Database;
  readonly change: Change;
  /** Brings what the tables say to the workers. @throws the reason why it is not served */
  readonly refresh: () => Promise<void>;
  readonly settings: () => GatewaySettings;
  /** Where subgraphs run that the platform itself has started, whatever is registered. */
  readonly runningUrls: () => Promise<Readonly<Record<string, string>>>;
  readonly tokens: CallerTokenSigner;
  readonly usage: OperationUsage;
  readonly audit: AuditLog;
  readonly webhooks: Webhooks;
  readonly now?: () => number;
}

const DAY_MS = 86_400_000;
/** Opens the registry over its tables; they must have a first version. */
export function createRegistry(options: RegistryOptions): Registry {
  const { database, audit, webhooks, now = Date.now } = options;
  const admit = admitChecks(options.settings);

  /** Notes how something ended, for the audit log and for those who want to hear of it. */
  const noting = async <Result extends { readonly version: number }>(
    { actor, action, subject, reason }: Noted,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const author = actorName(actor);
    const tell = (type: RegistryEvent['type'], version: number | null, code: string | null): void => {
      const at = new Date(now()).toISOString();
      void webhooks.tell({ type, subgraph: subject, version, author, reason, code, at });
    };
    try {
      const result = await work();
      await audit.add({
        actor: author,
        action,
        subject,
        outcome: 'done',
        detail: `version ${result.version}`,
      });
      tell(action === 'publish' ? 'published' : 'rolled_back', result.version, null);
      return result;
    } catch (error) {
      const code = error instanceof RequestError ? error.code : 'INTERNAL_SERVER_ERROR';
      await audit.add({ actor: author, action, subject, outcome: code, detail: (error as Error).message });
      if (action === 'publish') tell('publish_refused', null, code);
      throw error;
    }
  };

  return {
    async check(request, actor) {
      requireRight(actor, 'check', request.subgraph);
      return admit(async () => {
        const head = await headFor(options, request);
        return (await runCheck(options, head, request)).report;
      });
    },
    publish: (request, actor) =>
      noting({ actor, action: 'publish', subject: request.subgraph, reason: request.reason }, async () => {
        requireRight(actor, 'publish', request.subgraph);
        const repeated = await findRepeated(database, request);
        if (repeated !== undefined) return { version: repeated, isRepeated: true };
        return admit(() => publishChecked(options, request, actor));
      }),
    rollBack: (id, reason, actor) =>
      noting(
        { actor, action: 'rollback', subject: id === undefined ? 'previous' : String(id), reason },
        async () => {
          requireAdmin(actor);
          return rollBack(options, id, reason, actor);
        },
      ),
    async versions(limit) {
      const [head, versions] = [await readHead(database), await listVersions(database, limit)];
      return { head: head?.id ?? null, versions };
    },
  };
}

interface Noted {
  readonly actor: Actor;
  readonly action: 'publish' | 'rollback';
  readonly subject: string;
  readonly reason: string;
}

/** @throws RequestError SCHEMA_CONFLICT when the caller has seen another version than the one that is served */
async function headFor(
  { database }: RegistryOptions,
  { parent }: Pick<CheckRequest, 'parent'>,
): Promise<SupergraphVersion> {
  const head = await readHead(database);
  if (head === undefined)
    throw new RequestError('NOT_FOUND', { message: 'The registry has no version yet.' });
  if (parent !== undefined && parent !== head.id) throw conflict(parent, head.id);
  return head;
}

function conflict(parent: number, current: number | undefined): RequestError {
  const now = current === undefined ? 'another version' : `version ${current}`;
  return new RequestError('SCHEMA_CONFLICT', {
    message: `This was made for version ${parent}, and ${now} is served by now: check against it, then publish again with it as the parent.`,
    extensions: { parent, current: current ?? null },
  });
}

async function runCheck(
  { settings, usage, now = Date.now }: RegistryOptions,
  head: SupergraphVersion,
  { subgraph, sdl, routingUrl }: CheckRequest,
): Promise<CheckOutcome> {
  const { compositionTimeoutMs, compositionMemoryMb, sdlLimitBytes, usageDays, checkedOperations } =
    settings().registry;
  const bytes = Buffer.byteLength(sdl);
  if (bytes > sdlLimitBytes) {
    throw new RequestError('PAYLOAD_TOO_LARGE', {
      message: `The SDL has ${bytes} bytes; at most ${sdlLimitBytes} are taken (registry.sdlLimitBytes).`,
    });
  }
  const nowMs = now();
  const operations = await usage.inUse(nowMs - usageDays * DAY_MS);
  const registered = head.subgraphs.find(({ name }) => name === subgraph);
  return checkPublication({
    supergraphSdl: head.supergraphSdl,
    federationVersion: head.federationVersion,
    subgraphs: head.subgraphs,
    proposed: {
      name: subgraph,
      sdl,
      routingUrl: routingUrl ?? registered?.routingUrl ?? `http://${subgraph}/`,
    },
    operations: operations.slice(0, checkedOperations),
    cost: settings().cost,
    // `auto` that nobody resolved stands for no file.
    rulesFile: settings().rules.file === 'auto' ? null : settings().rules.file,
    usageDays,
    nowMs,
    confinement: { timeoutMs: compositionTimeoutMs, memoryMb: compositionMemoryMb },
  });
}

/** The version that this request has made before. @throws RequestError when its name was used for another one */
async function findRepeated(database: Database, request: PublishRequest): Promise<number | undefined> {
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

async function publishChecked(
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
  const version = await serve(options, head, {
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

/** @throws RequestError ROUTING_URL_FORBIDDEN */
async function proposeSubgraph(
  { settings }: RegistryOptions,
  head: SupergraphVersion,
  { subgraph, sdl, routingUrl, owner }: PublishRequest,
  actor: Actor,
): Promise<RegisteredSubgraph> {
  const registered = head.subgraphs.find(({ name }) => name === subgraph);
  const url = routingUrl ?? registered?.routingUrl;
  if (url === undefined) {
    throw new RequestError('BAD_USER_INPUT', {
      message: `"${subgraph}" is new: say where it answers (routingUrl).`,
    });
  }
  // What the operator's files name is trusted, as long as nobody says otherwise.
  const isTrusted = registered?.fileHash != null && url === registered.routingUrl;
  const refusal = isTrusted ? undefined : await refuseRoutingUrl(url, settings().egress);
  if (refusal !== undefined) throw new RequestError('ROUTING_URL_FORBIDDEN', { message: refusal });
  return {
    name: subgraph,
    sdl,
    routingUrl: url,
    owner: owner ?? (actor.kind === 'publisher' ? actor.owner : (registered?.owner ?? subgraph)),
    fileHash: isTrusted ? registered.fileHash : null,
  };
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

/**
 * Makes a version, and sees it served; one that the workers refuse is taken back, so that no later start meets it.
 *
 * @throws RequestError SCHEMA_CONFLICT when somebody else was first
 */
async function serve(
  { change, refresh, now = Date.now }: RegistryOptions,
  head: SupergraphVersion,
  version: NewVersion,
): Promise<number> {
  const id = await change(async (tables) => {
    const made = await appendVersion(tables, head.id, version, now());
    if (made === undefined) throw conflict(head.id, (await readHead(tables))?.id);
    return made;
  });
  try {
    await refresh();
    return id;
  } catch (cause) {
    const { id: _id, parentId: _parentId, createdAtMs: _createdAtMs, ...before } = head;
    const reason = `the gateway refused version ${id}`;
    await change((tables) =>
      appendVersion(
        tables,
        id,
        { ...before, kind: 'rollback', author: 'registry', reason, changes: [] },
        now(),
      ),
    );
    throw new RequestError('SCHEMA_CHECK_FAILED', {
      message: `The gateway cannot serve it: ${(cause as Error).message}`,
      cause,
    });
  }
}

async function rollBack(
  options: RegistryOptions,
  id: number | undefined,
  reason: string,
  actor: Actor,
): Promise<{ readonly version: number }> {
  const head = await headFor(options, {});
  const targetId = id ?? head.parentId;
  const target = targetId === null ? undefined : await readVersion(options.database, targetId);
  if (target === undefined) {
    const message =
      targetId === null ? 'There is no version before the first.' : `There is no version ${targetId}.`;
    throw new RequestError('NOT_FOUND', { message });
  }
  const { compositionTimeoutMs, compositionMemoryMb } = options.settings().registry;
  const version = await serve(options, head, {
    kind: 'rollback',
    author: actorName(actor),
    reason: reason === '' ? `back to version ${target.id}` : reason,
    federationVersion: target.federationVersion,
    supergraphSdl: target.supergraphSdl,
    apiSdl: target.apiSdl,
    subgraphs: target.subgraphs,
    changes: await describeVersionChanges(head.supergraphSdl, target.supergraphSdl, {
      timeoutMs: compositionTimeoutMs,
      memoryMb: compositionMemoryMb,
    }),
  });
  return { version };
}
