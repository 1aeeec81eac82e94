import { callSettingsOf, type SubgraphCallSettings } from '../config/subgraph-settings.ts';
import { ConfigError, InternalError } from '../errors/errors.ts';
import { createGatewaySubgraph } from '../gateway-subgraph/create-gateway-subgraph.ts';
import { refuseUnknownFields } from '../gateway-subgraph/refuse-unknown-fields.ts';
import { GATEWAY_SUBGRAPH_URL, isInternalUrl } from '../lib/internal-url.ts';
import { printableUrl } from '../lib/printable-url.ts';
import type { Metrics } from '../observability/metrics.ts';
import { readInternalFields } from '../supergraph/internal-fields.ts';
import { subgraphUrls } from '../supergraph/subgraph-urls.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';
import { balanceLoad, type Endpoint } from '../transport/balance-load.ts';
import { withBreaker } from '../transport/breaker.ts';
import { withCallLog } from '../transport/call-log.ts';
import { withCallMetrics } from '../transport/call-metrics.ts';
import { withDeadline } from '../transport/deadline.ts';
import type { EgressPolicy } from '../transport/egress-guard.ts';
import { withConcurrencyLimit } from '../transport/limit-concurrency.ts';
import { withRetry } from '../transport/retry.ts';
import { createRetryBudget, type RetryBudget } from '../transport/retry-budget.ts';
import type { ClientLoan } from '../transport/shared-clients.ts';
import type { SubgraphClient } from '../transport/subgraph-client.ts';
import type { GatewayOptions } from './foundation.ts';

/** A subgraph as the engine reaches it. */
interface Subgraph {
  readonly client: SubgraphClient;
  /** For all that asks it again. */
  readonly retryBudget: RetryBudget;
  /** Whether it is answered in this process: nothing of it is shared, and it needs no token. */
  readonly isInternal: boolean;
}

/** Subgraphs by name. */
export type Subgraphs = ReadonlyMap<string, Subgraph>;

/** The clients of all subgraphs of a snapshot. @throws ConfigError SUPERGRAPH_INVALID when one has no usable URL */
export function createSubgraphs(
  { snapshot, log, metrics, readUsage }: GatewayOptions,
  supergraph: SupergraphModel,
  loan: ClientLoan,
): Subgraphs {
  const urls = { ...subgraphUrls(snapshot.supergraphSdl, 'the supergraph'), ...snapshot.routingUrls };
  refuseUnknownFields(readInternalFields(supergraph.document));
  return new Map(
    Object.entries(urls).map(([subgraph, url]) => {
      const call = callSettingsOf(snapshot.settings.subgraphs, subgraph);
      const retryBudget = createRetryBudget(call.retry);
      // URLs of the operator's own files and settings are trusted.
      const isGuarded = call.urls === undefined && snapshot.guardedSubgraphs?.includes(subgraph) === true;
      const egress = isGuarded ? snapshot.settings.egress : undefined;
      const isInternal = isInternalUrl(url);
      if (isInternal) refuseInternalUrl(subgraph, url, call);
      const client = isInternal
        ? withCallMetrics(
            withDeadline(createGatewaySubgraph({ name: subgraph, readUsage }), call.timeoutMs),
            metrics,
          )
        : createClient(subgraph, url, { ...call, egress }, { retryBudget, metrics, loan });
      return [
        subgraph,
        {
          client: withCallLog(client, log, snapshot.settings.logging.subgraphErrors),
          retryBudget,
          isInternal,
        },
      ];
    }),
  );
}

/** @throws ConfigError when a URL names what the gateway does not answer, or a setting sends the calls elsewhere */
function refuseInternalUrl(subgraph: string, url: string, { urls }: SubgraphCallSettings): void {
  if (url !== GATEWAY_SUBGRAPH_URL) {
    throw new ConfigError(
      'SUPERGRAPH_INVALID',
      `The subgraph "${subgraph}" has the routing URL "${url}": the one internal URL that there is is ${GATEWAY_SUBGRAPH_URL}.`,
    );
  }
  if (urls !== undefined) {
    throw new ConfigError(
      'CONFIG_INVALID_VALUE',
      `subgraphs.overrides.${subgraph}.urls: the subgraph is answered by the gateway itself (${GATEWAY_SUBGRAPH_URL}) and has no other URLs.`,
    );
  }
}

/** @throws InternalError when a plan names a subgraph that the supergraph has not */
export function subgraphOf(subgraphs: Subgraphs, name: string): Subgraph {
  const subgraph = subgraphs.get(name);
  if (subgraph === undefined) throw new InternalError(`there is no subgraph "${name}"`);
  return subgraph;
}

interface ClientParts {
  readonly retryBudget: RetryBudget;
  readonly metrics: Metrics;
  readonly loan: ClientLoan;
}

/**
 * Who wraps whom on the way to a subgraph, from the caller's side: count and time → deadline → queue → breaker →
 * retry → one of the URLs. The deadline covers waiting and the retry; the breaker sees what the retry could not mend,
 * and neither calls nor failures of those that the queue turned away.
 */
function createClient(
  subgraph: string,
  routingUrl: string | undefined,
  settings: SubgraphCallSettings & { readonly egress: EgressPolicy | undefined },
  { retryBudget, metrics, loan }: ClientParts,
): SubgraphClient {
  const { urls = [routingUrl], retry: _retry, breaker, ejection, ...http } = settings;
  const endpoints = urls.map((url): Endpoint => {
    if (url === undefined || !URL.canParse(url)) {
      throw new ConfigError(
        'SUPERGRAPH_INVALID',
        `The subgraph "${subgraph}" has no usable routing URL, found "${printableUrl(url ?? '')}".`,
      );
    }
    return { url, client: loan.acquire({ ...http, subgraph, url }) };
  });
  let client = balanceLoad(endpoints, { ...ejection, metrics });
  client = withRetry(client, { budget: retryBudget, metrics });
  if (breaker.enabled) {
    const slowMs = breaker.slowShare * http.timeoutMs;
    client = withBreaker(client, { ...breaker, slowMs, metrics });
  }
  client = withConcurrencyLimit(client, {
    calls: http.connections * http.pipelining * endpoints.length,
    queuedCalls: http.queuedCalls,
  });
  return withCallMetrics(withDeadline(client, http.timeoutMs), metrics);
}
