import { randomUUID } from 'node:crypto';
import { OperationTypeNode } from 'graphql';
import { type SharingSettings, sharingLayersOf } from '../config/sharing-settings.ts';
import type { Caller, RequestContext } from '../context.ts';
import { SubgraphError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import type { Metrics } from '../observability/metrics.ts';
import { abortCode } from '../transport/deadline.ts';
import { type Audience, type FetchCall, type Fetcher, requestBody } from '../transport/fetch-call.ts';
import type { RetryBudget } from '../transport/retry-budget.ts';
import type { SubgraphResponse } from '../transport/subgraph-client.ts';
import { LookupLane } from './lookup-lane.ts';
import { isLookup, type Lookup } from './merge-lookups.ts';
import { InFlight } from './shared-call.ts';
import { authorisationFingerprint, fetchKey, laneKey } from './sharing-keys.ts';
import type { WriteEpoch } from './write-epoch.ts';

/** One call to a subgraph, whoever waits for it. */
export interface SubgraphCall {
  readonly subgraph: string;
  readonly operationKind: 'query' | 'mutation';
  readonly body: string;
  readonly caller: Caller;
  /** Whether the call says who is calling, or only the tier. */
  readonly audience: Audience;
  readonly requestId: string;
  readonly signal: CancelSignal;
  /** Absent for calls that concurrent requests share. */
  readonly standing?: RequestContext['standing'];
}

export interface FetcherFactoryOptions {
  readonly sharing: SharingSettings;
  readonly send: (call: SubgraphCall) => Promise<SubgraphResponse>;
  /** The mutations that have ended in this worker. */
  readonly writes: WriteEpoch;
  /** Keeps look-ups that are tried singly within what a subgraph can bear. */
  readonly retryBudgetOf: (subgraph: string) => RetryBudget;
  readonly metrics: Metrics;
}

/** Who a request's fetches are made for. */
export type FetcherContext = Pick<RequestContext, 'caller' | 'requestId' | 'signal' | 'standing'>;

/** Makes the fetcher of each request; what requests share lives here, as long as the snapshot. */
export type FetcherFactory = (context: FetcherContext, type: OperationTypeNode) => Fetcher;

/**
 * Decides for each fetch whom it may be shared with, and shares it.
 *
 * Mutations are never shared. A fetch for one caller is shared with the same caller's at the most; look-ups of one
 * request that are for the caller meet in a lane of that request alone.
 */
export function createFetcherFactory(options: FetcherFactoryOptions): FetcherFactory {
  const { sharing, send, writes, retryBudgetOf, metrics } = options;
  const layersOf = (subgraph: string) => sharingLayersOf(sharing, subgraph);
  const inFlight = new InFlight<SubgraphResponse>();
  const takeRetriesOf = (subgraph: string) => (count: number) => {
    const areAllowed = retryBudgetOf(subgraph).take(count);
    if (areAllowed) metrics.subgraphRetries.inc({ subgraph }, count);
    return areAllowed;
  };
  /** Lanes that concurrent requests meet in: one for each tier and subgraph. */
  const publicLanes = new Map<string, LookupLane>();

  /** Sends a call, joining an identical one that is under way where that is allowed. */
  const sendShared = (call: SubgraphCall, mayJoin: boolean): Promise<SubgraphResponse> => {
    if (!mayJoin || call.operationKind === 'mutation' || !layersOf(call.subgraph).requests) return send(call);
    const fingerprint = authorisationFingerprint(call.caller, call.audience);
    return inFlight.share(
      fetchKey(writes.current, fingerprint, call.subgraph, call.body),
      call.signal,
      (signal) => send({ ...call, signal }),
      () => metrics.sharedFetches.inc({ layer: 'requests' }),
    );
  };

  /** The lane where look-ups of concurrent callers of one tier meet. */
  const publicLane = (subgraph: string, { tier }: Caller): LookupLane => {
    // Whoever comes first has no say in it: the caller of the lane is its tier, and its calls have ids of their own.
    const caller: Caller = { tier, scopes: new Set<string>() };
    const key = laneKey(authorisationFingerprint(caller, 'public'), subgraph);
    let lane = publicLanes.get(key);
    if (lane === undefined) {
      lane = new LookupLane({
        subgraph,
        maxRepresentations: sharing.representations,
        windowMs: sharing.windowMs,
        onRequest: (lookups) => metrics.sharedFetches.inc({ layer: 'coalesce' }, lookups - 1),
        takeRetries: takeRetriesOf(subgraph),
        send: (body, signal) =>
          sendShared(
            {
              subgraph,
              operationKind: 'query',
              body,
              caller,
              audience: 'public',
              requestId: randomUUID(),
              signal,
            },
            true,
          ),
      });
      publicLanes.set(key, lane);
    }
    return lane;
  };

  return (context, type) => {
    // After a mutation its caller wants to see what is true now: nothing that was asked before it will do.
    const isQuery = type === OperationTypeNode.QUERY;
    /** Lanes of this request alone. */
    const ownLanes = new Map<string, LookupLane>();

    const ownLane = (subgraph: string, audience: Audience): LookupLane => {
      const key = laneKey(audience, subgraph);
      let lane = ownLanes.get(key);
      if (lane === undefined) {
        lane = new LookupLane({
          subgraph,
          maxRepresentations: sharing.representations,
          windowMs: 0,
          signal: context.signal,
          onRequest: (lookups) => metrics.sharedFetches.inc({ layer: 'entities' }, lookups - 1),
          takeRetries: takeRetriesOf(subgraph),
          send: (body, signal) =>
            sendShared({ ...context, subgraph, operationKind: 'query', body, audience, signal }, isQuery),
        });
        ownLanes.set(key, lane);
      }
      return lane;
    };

    const laneFor = ({ fetch: { subgraph, audience } }: Lookup): LookupLane | undefined => {
      const layers = layersOf(subgraph);
      if (isQuery && audience === 'public' && layers.coalesce) return publicLane(subgraph, context.caller);
      return layers.entities ? ownLane(subgraph, audience) : undefined;
    };

    const fetchOnce = (call: FetchCall): Promise<SubgraphResponse> => {
      if (isLookup(call)) {
        const lane = laneFor(call);
        if (lane !== undefined) return lane.load(call, context.signal);
      }
      const { subgraph, operationKind, audience } = call.fetch;
      return sendShared({ ...context, subgraph, operationKind, body: requestBody(call), audience }, isQuery);
    };

    return async (call) => {
      try {
        return await fetchOnce(call);
      } catch (error) {
        if (error instanceof SubgraphError || !context.signal.aborted) throw error;
        throw new SubgraphError(abortCode(context.signal), call.fetch.subgraph, { cause: error });
      }
    };
  };
}
