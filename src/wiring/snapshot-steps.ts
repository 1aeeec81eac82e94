import { createCallerIdentifier } from '../auth/identify-caller.ts';
import { createDocumentResolver } from '../operations/persisted/resolve-document.ts';
import { indexTrustedDocuments } from '../operations/persisted/trusted-documents.ts';
import type { PipelineSteps } from '../pipeline.ts';
import type { Foundation } from './foundation.ts';

/** The steps that change with the keys and documents of a snapshot. */
export function createSnapshotSteps(options: Foundation): Pick<PipelineSteps, 'identify' | 'resolve'> {
  return { identify: createIdentify(options), resolve: createResolve(options) };
}

/** Who is calling, by the keys of a snapshot and what is remembered of callers across snapshots. */
export function createIdentify({ snapshot, secrets, callers }: Foundation): PipelineSteps['identify'] {
  const { keys, open, settings } = snapshot;
  return createCallerIdentifier({
    ...callers.for(settings.auth),
    keys,
    open,
    guards: secrets,
  }).identify;
}

/** Looks documents up among the trusted ones of the snapshot, then among those that clients registered. */
function createResolve({
  snapshot,
  registered,
  mayRegister,
  onUntrusted,
}: Foundation): PipelineSteps['resolve'] {
  const settings = snapshot.settings.documents;
  const resolver = createDocumentResolver({
    settings,
    trusted: indexTrustedDocuments(snapshot.documents),
    automatic: settings.automatic.enabled ? registered : undefined,
    mayRegister: (address) => mayRegister(address, settings.automatic.anonymousPerMinute),
    onUntrusted,
  });
  return (parameters, { client, credentials }, caller) =>
    resolver.resolve(parameters, {
      caller,
      clientName: client?.name,
      remoteAddress: credentials.remoteAddress,
    });
}
