import { RequestError } from '../../errors/errors.ts';
import { type Actor, actorName } from './actor.ts';
import { describeVersionChanges } from './describe-version-changes.ts';
import type { RegistryOptions } from './registry-options.ts';
import { headFor, serveVersion } from './serve-version.ts';
import { readVersion } from './version-store.ts';

/** Serves again what version `id` was made of, or the one before. @throws RequestError NOT_FOUND, SCHEMA_CONFLICT */
export async function rollBack(
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
  const version = await serveVersion(options, head, {
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
