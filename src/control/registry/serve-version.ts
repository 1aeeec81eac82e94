import { RequestError } from '../../errors/errors.ts';
import type { RegistryOptions } from './registry-options.ts';
import type { CheckRequest } from './registry-requests.ts';
import { appendVersion, type NewVersion, readHead, type SupergraphVersion } from './version-store.ts';

/** The version that is served. @throws RequestError NOT_FOUND; SCHEMA_CONFLICT when the caller has seen another version than the one that is served */
export async function headFor(
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

/**
 * Makes a version, and sees it served; one that the workers refuse is taken back, so that no later start meets it.
 *
 * @throws RequestError SCHEMA_CONFLICT when somebody else was first
 */
export async function serveVersion(
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
