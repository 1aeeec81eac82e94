import { isJsonObject } from '../lib/json-object.ts';
import type { GatewaySettings } from './gateway-settings.ts';

/** What a platform takes when it starts, since it belongs to a process, a socket or a store and not to a snapshot. */
function startSettings({ server, admin, control, auth, documents, budgets, usage }: GatewaySettings) {
  const { concurrentOperations, operationTimeoutMs, batching, sandbox, ...listener } = server;
  const { mode, ...keeping } = budgets;
  const { flushMs, entries, spoolBytes } = usage;
  return {
    server: listener,
    admin,
    control,
    auth: { signatures: { nonces: auth.signatures.nonces } },
    documents: { automatic: { bytes: documents.automatic.bytes } },
    budgets: keeping,
    usage: { flushMs, entries, spoolBytes },
  };
}

/**
 * Names the settings of a change that hold from the next start on; all others hold as soon as their snapshot is served.
 *
 * @returns their keys, such as `server.port`
 */
export function changedStartSettings(before: GatewaySettings, after: GatewaySettings): readonly string[] {
  return changedKeys(startSettings(before), startSettings(after));
}

function changedKeys(before: unknown, after: unknown, path: readonly string[] = []): string[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    return Object.keys(before).flatMap((key) => changedKeys(before[key], after[key], [...path, key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path.join('.')];
}
