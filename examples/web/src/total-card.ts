import { changeBadge } from './change-badge.ts';
import { element } from './element.ts';
import { formatMoney, formatTime } from './format.ts';
import type { DashboardQuery } from './gql/graphql.ts';

type Portfolio = NonNullable<DashboardQuery['portfolio']>;

/** What the portfolio is worth, and what it gained or lost since yesterday. */
export function totalCard({ totalValue, baseCurrency }: Portfolio): HTMLElement {
  if (totalValue === null) {
    return card(element('p', { class: 'note' }, 'The value is not known right now.'));
  }
  const { value, change24h, change24hRatio, asOf, unpricedTokens } = totalValue;
  return card(
    element('p', { class: 'total', 'data-figure': 'total' }, formatMoney(value.amount, value.currency)),
    element(
      'p',
      { class: 'total-change' },
      changeBadge(change24hRatio),
      ` ${formatMoney(change24h?.amount, baseCurrency, { signDisplay: 'exceptZero' })} in 24 hours`,
    ),
    element('p', { class: 'note' }, `At prices of ${formatTime(asOf)}`),
    unpricedTokens.length > 0 &&
      element(
        'p',
        { class: 'note' },
        `Not counted, since without a price: ${unpricedTokens.map(({ symbol }) => symbol).join(', ')}`,
      ),
  );
}

function card(...children: Parameters<typeof element>[2][]): HTMLElement {
  return element(
    'section',
    { class: 'card total-card', 'aria-labelledby': 'total-title' },
    element('h2', { id: 'total-title' }, 'Total value'),
    ...children,
  );
}
