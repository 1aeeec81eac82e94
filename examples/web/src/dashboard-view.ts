import type { DashboardActions, DashboardState } from './dashboard-state.ts';
import { element } from './element.ts';
import { formatTime } from './format.ts';
import type { DashboardQuery } from './gql/graphql.ts';
import { holdingsTable } from './holdings-table.ts';
import { marketCard } from './market-card.ts';
import { totalCard } from './total-card.ts';

/** Draws a state into the page. Whoever had the focus on a button finds it on the same one. */
export function renderDashboard(page: HTMLElement, state: DashboardState, actions: DashboardActions): void {
  const focused = document.activeElement?.id;
  page.setAttribute('aria-busy', String(state.isLoading));
  page.replaceChildren(header(state, actions), ...notices(state), ...content(state, actions));
  if (focused !== undefined && focused !== '') document.getElementById(focused)?.focus();
}

function header({ data, isLoading }: DashboardState, { refresh, leave }: DashboardActions): HTMLElement {
  return element(
    'header',
    { class: 'top' },
    element('h1', {}, data?.portfolio?.name ?? 'Portfolio'),
    element(
      'div',
      { class: 'actions' },
      button('refresh', isLoading ? 'Loading…' : 'Refresh', refresh, isLoading),
      button('leave', 'Disconnect', leave),
    ),
  );
}

function notices({ data, loadedAtMs, failure, missingFields }: DashboardState): readonly HTMLElement[] {
  const messages: HTMLElement[] = [];
  if (failure !== undefined) {
    const age = data === undefined ? '' : ` The figures below are from ${formatTime(loadedAtMs)}.`;
    messages.push(
      element(
        'p',
        { class: `notice ${data === undefined ? 'failed' : 'aged'}`, role: 'alert' },
        failure + age,
      ),
    );
  }
  if (data !== undefined && missingFields > 0) {
    messages.push(
      element(
        'p',
        { class: 'notice aged', role: 'status' },
        'Some figures could not be had right now; a dash stands in their place.',
      ),
    );
  }
  return messages;
}

function content({ data, isLoading }: DashboardState, actions: DashboardActions): readonly HTMLElement[] {
  if (data === undefined) return isLoading ? [skeleton()] : [];
  if (data.portfolio === null) {
    return [
      element('p', { class: 'notice failed', role: 'alert' }, 'There is no such portfolio for this key.'),
      element('div', { class: 'cards' }, marketCard(data.marketOverview)),
    ];
  }
  return [
    element('div', { class: 'cards' }, totalCard(data.portfolio), marketCard(data.marketOverview)),
    holdings(data.portfolio, isLoading, actions),
  ];
}

function holdings(
  { holdings: { nodes, pageInfo, totalCount }, baseCurrency }: NonNullable<DashboardQuery['portfolio']>,
  isLoading: boolean,
  { showMore }: DashboardActions,
): HTMLElement {
  return element(
    'section',
    { class: 'card', 'aria-labelledby': 'holdings-title' },
    element(
      'div',
      { class: 'section-title' },
      element('h2', { id: 'holdings-title' }, 'Holdings'),
      element('span', { class: 'note' }, `${nodes.length} of ${totalCount}`),
    ),
    nodes.length === 0
      ? element('p', { class: 'note' }, 'Nothing is held in this portfolio yet.')
      : holdingsTable(nodes, baseCurrency),
    pageInfo.hasNextPage && button('more', 'Show more', showMore, isLoading),
  );
}

/** Grey shapes where figures will stand, so that nothing jumps when they come. */
function skeleton(): HTMLElement {
  const bone = (name: string) => element('span', { class: `bone ${name}` });
  const card = (...children: HTMLElement[]) => element('div', { class: 'card' }, ...children);
  return element(
    'div',
    { class: 'skeleton', role: 'status' },
    element('span', { class: 'hidden' }, 'Loading the dashboard'),
    element(
      'div',
      { class: 'cards' },
      card(bone('short'), bone('large'), bone('medium')),
      card(bone('short'), bone('medium'), bone('wide')),
    ),
    card(bone('short'), ...Array.from({ length: 6 }, () => bone('row'))),
  );
}

function button(id: string, text: string, act: () => void, isBusy = false): HTMLButtonElement {
  const made = element('button', { type: 'button', id, 'aria-disabled': String(isBusy) }, text);
  made.addEventListener('click', () => {
    // `disabled` would take the focus away from whoever pressed it.
    if (!isBusy) act();
  });
  return made;
}
