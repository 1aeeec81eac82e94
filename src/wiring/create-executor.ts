import { createFetcherFactory } from '../batching/create-fetcher.ts';
import { withoutSharing } from '../config/sharing-settings.ts';
import type { Caller } from '../context.ts';
import type { Executor } from '../execution/executor.ts';
import { createSubgraphDataSource } from '../execution/subgraph-data-source.ts';
import { createTributaryExecutor } from '../execution/tributary-executor.ts';
import type { Shield } from '../shield/create-shield.ts';
import { plannerSupergraph } from '../supergraph/planner-supergraph.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';
import { type Subgraphs, subgraphOf } from './create-subgraphs.ts';
import type { Foundation } from './foundation.ts';

/** The engine that the settings name; both send over the same clients, with the same tokens. */
export async function createExecutor(
  { snapshot, writes, log, metrics, tokens, plannerThread }: Foundation,
  supergraph: SupergraphModel,
  subgraphs: Subgraphs,
  shield: Shield | undefined,
): Promise<Executor> {
  const { settings, apiSdl } = snapshot;
  const headersFor = async (
    subgraph: string,
    caller: Caller,
    requestId: string,
  ): Promise<Record<string, string>> => {
    if (subgraphOf(subgraphs, subgraph).isInternal) return {};
    return {
      authorization: `Bearer ${await tokens.sign(caller, subgraph)}`,
      'x-request-id': requestId,
    };
  };
  const internal = [...subgraphs].flatMap(([name, { isInternal }]) => (isInternal ? [name] : []));
  if (settings.engine === 'apollo') {
    // Loaded when it is asked for: our engine needs nothing of it on the main thread.
    const { createApolloExecutor } = await import('../execution/apollo-executor.ts');
    return createApolloExecutor({
      supergraphSdl: plannerSupergraph(supergraph.sdl).sdl,
      log,
      dataSourceFor: (subgraph) =>
        createSubgraphDataSource(subgraphOf(subgraphs, subgraph).client, ({ caller, requestId }) =>
          headersFor(subgraph, caller, requestId),
        ),
    });
  }
  const createFetcher = createFetcherFactory({
    sharing: withoutSharing(settings.sharing, internal),
    writes,
    retryBudgetOf: (subgraph) => subgraphOf(subgraphs, subgraph).retryBudget,
    metrics,
    send: async ({ subgraph, operationKind, body, caller, audience, requestId, signal, standing }) => {
      // What is public is asked for without saying who asks, whether it is shared or not.
      const shown = audience === 'public' ? publicCaller(caller.tier) : caller;
      const headers = await headersFor(subgraph, shown, requestId);
      const asker = { caller: shown, standing };
      return subgraphOf(subgraphs, subgraph).client.send({ operationKind, body, headers, signal, asker });
    },
  });
  return createTributaryExecutor({
    supergraph,
    apiSdl,
    planning: settings.planning,
    plannerThread,
    createFetcher,
    metrics,
    ...(shield && { privateCoordinates: shield.rules.privateCoordinates }),
  });
}

const NO_SCOPES: ReadonlySet<string> = new Set();
const publicCallers = new Map<Caller['tier'], Caller>();

/** Nobody in particular of a tier; one object each, by which what is made for callers is found again. */
function publicCaller(tier: Caller['tier']): Caller {
  let caller = publicCallers.get(tier);
  if (caller === undefined) {
    caller = { tier, scopes: NO_SCOPES };
    publicCallers.set(tier, caller);
  }
  return caller;
}
