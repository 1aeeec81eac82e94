import { createRunSharing } from '../batching/share-runs.ts';
import { authorisationFingerprint, requestKey } from '../batching/sharing-keys.ts';
import type { WriteEpoch } from '../batching/write-epoch.ts';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { OperationAnswer, PipelineSteps } from '../pipeline.ts';

/** Gives each request its deadline, and lets equal queries of callers with the same rights share one run, where the settings allow it. */
export function createShare(
  { server, sharing }: GatewaySettings,
  writes: WriteEpoch,
  metrics: Metrics,
): PipelineSteps['share'] {
  const share = createRunSharing<OperationAnswer>({
    timeoutMs: server.operationTimeoutMs,
    onShared: () => metrics.sharedFetches.inc({ layer: 'operations' }),
  });
  return ({ type, text: document }, { text, signal }, caller, run) => {
    const key =
      sharing.operations && type === 'query'
        ? requestKey(writes.current, authorisationFingerprint(caller, 'caller'), document, text)
        : undefined;
    return share({ key, signal, run });
  };
}
