import { RequestError } from '../../errors/errors.ts';
import { type Actor, actorName, requireAdmin, requireRight } from './actor.ts';
import { admitChecks } from './admit-checks.ts';
import type { CheckReport } from './check-publication.ts';
import { findTakeovers } from './find-takeovers.ts';
import { findRepeated, ownerFor, publishChecked } from './publish-subgraph.ts';
import type { RegistryOptions } from './registry-options.ts';
import type { CheckRequest, Published, PublishRequest } from './registry-requests.ts';
import { rollBack } from './roll-back.ts';
import { refuseLargeSdl, runCheck } from './run-check.ts';
import { headFor } from './serve-version.ts';
import { listVersions, readHead, type VersionSummary } from './version-store.ts';
import type { RegistryEvent } from './webhooks.ts';

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
      refuseLargeSdl(options, request.sdl);
      return admit(async () => {
        const head = await headFor(options, request);
        const { subgraph, sdl, routingUrl = '' } = request;
        const proposed = { name: subgraph, sdl, routingUrl, owner: ownerFor(subgraph, head, actor) };
        const takeovers = findTakeovers(proposed, head.subgraphs);
        const { report } = await runCheck(options, head, request);
        return { ...report, takeovers, ok: report.ok && takeovers.length === 0 };
      });
    },
    publish: (request, actor) =>
      noting({ actor, action: 'publish', subject: request.subgraph, reason: request.reason }, async () => {
        requireRight(actor, 'publish', request.subgraph);
        refuseLargeSdl(options, request.sdl);
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
