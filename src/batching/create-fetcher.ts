import type { Caller } from '../context.ts';
import { SubgraphError } from '../errors/errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import { abortCode } from '../transport/deadline.ts';
import { type Audience, type FetchCall, type Fetcher, requestBody } from '../transport/fetch-call.ts';
import type { SubgraphResponse } from '../transport/subgraph-client.ts';
import { LookupLane } from './lookup-lane.ts';
import { isLookup, type Lookup } from './merge-lookups.ts';
import { InFlight } from './shared-call.ts';
import { authorisationFingerprint, fetchKey, laneKey } from './sharing-keys.ts';

/** Which layers share work of fetches to a subgraph; see docs/engine.md. */
export interface SharingLayers {
  /** Parallel look-ups of one request become one call. */
  readonly entities: boolean;
  /** Identical fetches under way become one call. */
  readonly requests: boolean;
  /** Look-ups of concurrent requests become one call. */
  readonly coalesce: boolean;
}

/** One call to a subgraph, whoever waits for it. */
export interface SubgraphCall {
  readonly subgraph: string;
  readonly operationKind: 'query' | 'mutation';
  readonly body: string;
  readonly caller: Caller;
  /** Whether the call says who is calling, or only the tier. */
  readonly audience: Audience;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

export interface FetcherFactoryOptions {
  readonly layersOf: (subgraph: string) => SharingLayers;
  /** See `LookupLaneOptions.windowMs`. */
  readonly windowMs: number;
  readonly maxRepresentations: number;
  readonly send: (call: SubgraphCall) => Promise<SubgraphResponse>;
  readonly metrics: Metrics;
}

/** Who a request's fetches are made for. */
export interface FetcherContext {
  readonly caller: Caller;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** Makes the fetcher of each request; what requests share lives here, as long as the snapshot. */
export type FetcherFactory = (context: FetcherContext) => Fetcher;

/**
 * Decides for each fetch whom it may be shared with, and shares it.
 *
 * Mutations are never shared. A fetch for one caller is shared with the same caller's at the most; look-ups of one
 * request that are for the caller meet in a lane of that request alone.
 */
export function createFetcherFactory(options: FetcherFactoryOptions): FetcherFactory {
  const { layersOf, windowMs, maxRepresentations, send, metrics } = options;
  const inFlight = new InFlight<SubgraphResponse>();
  /** Lanes that concurrent requests meet in; empty ones are let go. */
  const publicLanes = new Map<string, LookupLane>();

  /** Sends a body, joining an identical one that is under way where that is allowed. */
  const sendShared = (call: SubgraphCall, fingerprint: string): Promise<SubgraphResponse> => {
    if (call.operationKind === 'mutation' || !layersOf(call.subgraph).requests) return send(call);
    return inFlight.share(
      fetchKey(fingerprint, call.subgraph, call.body),
      call.signal,
      (signal) => send({ ...call, signal }),
      () => metrics.sharedFetches.inc({ layer: 'requests' }),
    );
  };

  const createLane = (
    subgraph: string,
    context: FetcherContext,
    audience: Audience,
    window: number,
  ): LookupLane => {
    const fingerprint = authorisationFingerprint(context.caller, audience);
    return new LookupLane({
      subgraph,
      maxRepresentations,
      windowMs: window,
      send: (body, signal) =>
        sendShared({ ...context, subgraph, operationKind: 'query', body, audience, signal }, fingerprint),
      onRequest: (lookups) =>
        metrics.sharedFetches.inc({ layer: window > 0 ? 'coalesce' : 'entities' }, lookups - 1),
    });
  };

  /** The lane where look-ups of concurrent callers of one tier meet. */
  const publicLane = (subgraph: string, context: FetcherContext): LookupLane => {
    const key = laneKey(authorisationFingerprint(context.caller, 'public'), subgraph);
    let lane = publicLanes.get(key);
    if (lane === undefined) {
      // The caller of the lane is its tier: whoever came first has no say in it.
      const anybody = { ...context, caller: { tier: context.caller.tier, scopes: new Set<string>() } };
      lane = createLane(subgraph, anybody, 'public', windowMs);
      publicLanes.set(key, lane);
    }
    return lane;
  };

  return (context) => {
    /** Lanes of this request alone. */
    const ownLanes = new Map<string, LookupLane>();

    const laneFor = (call: Lookup, audience: Audience): LookupLane | undefined => {
      const { subgraph } = call.fetch;
      const layers = layersOf(subgraph);
      if (audience === 'public' && layers.coalesce) return publicLane(subgraph, context);
      if (!layers.entities) return undefined;
      const key = laneKey(audience, subgraph);
      let lane = ownLanes.get(key);
      if (lane === undefined) {
        lane = createLane(subgraph, context, audience, 0);
        ownLanes.set(key, lane);
      }
      return lane;
    };

    const fetchOnce = (call: FetchCall): Promise<SubgraphResponse> => {
      const { subgraph, operationKind, audience } = call.fetch;
      const lane = isLookup(call) ? laneFor(call, audience) : undefined;
      if (lane !== undefined && isLookup(call)) return lane.load(call, context.signal);
      const fingerprint = authorisationFingerprint(context.caller, audience);
      return sendShared(
        { ...context, subgraph, operationKind, body: requestBody(call), audience },
        fingerprint,
      );
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
