import type { Connection } from './connection.ts';
import type { DashboardActions, DashboardState } from './dashboard-state.ts';
import { renderDashboard } from './dashboard-view.ts';
import { element } from './element.ts';
import { type Answer, execute, RequestFailure } from './execute.ts';
import { DashboardDocument, type DashboardQuery, MoreHoldingsDocument } from './gql/graphql.ts';

/** How often the figures are asked for anew, as long as somebody looks at them. */
const REFRESH_MS = 30_000;

/**
 * Opens the dashboard of a portfolio and keeps it fresh until it is closed.
 *
 * @param onLeave - called when the person disconnects, or with the reason why the connection is of no use
 */
export function openDashboard(
  connection: Connection,
  onLeave: (message?: string) => void,
): { readonly element: HTMLElement; close(): void } {
  const page = element('main', { class: 'page' });
  const closed = new AbortController();
  let state: DashboardState = {
    data: undefined,
    loadedAtMs: 0,
    isLoading: true,
    failure: undefined,
    missingFields: 0,
  };
  const change = (next: Partial<DashboardState>): void => {
    state = { ...state, ...next };
    renderDashboard(page, state, actions);
  };

  /** Runs one request at a time; a failure leaves what is shown as it is. */
  async function load<Data>(
    ask: () => Promise<Answer<Data>>,
    show: (answer: Answer<Data>) => Partial<DashboardState>,
  ): Promise<void> {
    change({ isLoading: true });
    try {
      const answer = await ask();
      change({ isLoading: false, failure: undefined, ...show(answer) });
    } catch (error) {
      if (closed.signal.aborted) return;
      if (!(error instanceof RequestFailure)) throw error;
      if (error.code === 'UNAUTHENTICATED') onLeave(error.message);
      else change({ isLoading: false, failure: explain(error) });
    }
  }

  const refresh = () =>
    load(
      () => execute(connection, DashboardDocument, { portfolioId: connection.portfolioId }, closed.signal),
      ({ data, errors }) => ({
        data: data ?? undefined,
        loadedAtMs: Date.now(),
        missingFields: errors.length,
        ...(data === null ? { failure: errors[0]?.message ?? 'There is no answer.' } : {}),
      }),
    );

  function showMore(): void {
    const after = state.data?.portfolio?.holdings.pageInfo.endCursor;
    if (after == null) return;
    const variables = { portfolioId: connection.portfolioId, after };
    void load(
      () => execute(connection, MoreHoldingsDocument, variables, closed.signal),
      ({ data, errors }) => ({
        data: state.data && appendHoldings(state.data, data?.portfolio?.holdings),
        missingFields: state.missingFields + errors.length,
      }),
    );
  }

  const actions: DashboardActions = {
    refresh: () => void refresh(),
    showMore,
    leave: () => onLeave(),
  };
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && !state.isLoading) void refresh();
  }, REFRESH_MS);
  void refresh();
  return {
    element: page,
    close() {
      clearInterval(timer);
      closed.abort();
    },
  };
}

type Holdings = NonNullable<DashboardQuery['portfolio']>['holdings'];

function appendHoldings(
  data: DashboardQuery,
  more: Pick<Holdings, 'nodes' | 'pageInfo'> | undefined,
): DashboardQuery {
  if (data.portfolio === null || more === undefined) return data;
  const { holdings } = data.portfolio;
  return {
    ...data,
    portfolio: {
      ...data.portfolio,
      holdings: { ...holdings, nodes: [...holdings.nodes, ...more.nodes], pageInfo: more.pageInfo },
    },
  };
}

/** What a person can do about a refusal, where our own words help more than the gateway's. */
function explain({ code, message }: RequestFailure): string {
  switch (code) {
    case 'PERSISTED_QUERY_NOT_FOUND':
      return 'The gateway does not know the operations of this version of the app: they have to be published.';
    case 'RATE_LIMITED':
    case 'OVERLOADED':
      return 'There are too many requests right now. The figures will be asked for again in a moment.';
    default:
      return message;
  }
}
