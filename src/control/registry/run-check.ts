import { RequestError } from '../../errors/errors.ts';
import { type CheckOutcome, checkPublication } from './check-publication.ts';
import type { RegistryOptions } from './registry-options.ts';
import type { CheckRequest } from './registry-requests.ts';
import type { SupergraphVersion } from './version-store.ts';

const DAY_MS = 86_400_000;

/** @throws RequestError PAYLOAD_TOO_LARGE: before anybody reads it */
export function refuseLargeSdl({ settings }: Pick<RegistryOptions, 'settings'>, sdl: string): void {
  const { sdlLimitBytes } = settings().registry;
  const bytes = Buffer.byteLength(sdl);
  if (bytes <= sdlLimitBytes) return;
  throw new RequestError('PAYLOAD_TOO_LARGE', {
    message: `The SDL has ${bytes} bytes; at most ${sdlLimitBytes} are taken (registry.sdlLimitBytes).`,
  });
}

/**
 * Checks what somebody wants to publish against the version that is served and what clients use of it.
 */
export async function runCheck(
  { settings, usage, yieldsCores, now = Date.now }: RegistryOptions,
  head: SupergraphVersion,
  { subgraph, sdl, routingUrl }: CheckRequest,
): Promise<CheckOutcome> {
  const { compositionTimeoutMs, compositionMemoryMb, usageDays, checkedOperations } = settings().registry;
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
    unchecked: Math.max(0, operations.length - checkedOperations),
    cost: settings().cost,
    // `auto` that nobody resolved stands for no file.
    rulesFile: settings().rules.file === 'auto' ? null : settings().rules.file,
    usageDays,
    nowMs,
    confinement: {
      timeoutMs: compositionTimeoutMs,
      memoryMb: compositionMemoryMb,
      isBackground: yieldsCores === true,
    },
  });
}
