import { changeBadge } from './change-badge.ts';
import { element } from './element.ts';
import { formatLargeMoney, formatShare } from './format.ts';
import type { DashboardQuery } from './gql/graphql.ts';

/** Shares beyond these are shown as one. */
const LARGEST = 5;

/** The market as a whole: its size, and which tokens make it up. */
export function marketCard({
  totalMarketCap,
  marketCapChange24h,
  dominance,
}: DashboardQuery['marketOverview']): HTMLElement {
  const largest = dominance
    .slice(0, LARGEST)
    .map(({ token, weight }) => ({ label: token.symbol, title: token.name, weight }));
  const others = 1 - largest.reduce((sum, { weight }) => sum + weight, 0);
  const parts =
    others > 0.0005 ? [...largest, { label: 'Others', title: 'Others', weight: others }] : largest;
  return element(
    'section',
    { class: 'card', 'aria-labelledby': 'market-title' },
    element('h2', { id: 'market-title' }, 'Market'),
    element(
      'p',
      { class: 'market-cap' },
      formatLargeMoney(totalMarketCap.amount, totalMarketCap.currency),
      ' ',
      changeBadge(marketCapChange24h),
    ),
    element(
      'div',
      { class: 'dominance-bar', 'aria-hidden': 'true' },
      ...parts.map(({ weight }, index) => part(index, `flex-grow: ${weight.toFixed(4)}`)),
    ),
    element(
      'ul',
      { class: 'dominance', 'aria-label': 'Share of market capitalisation' },
      ...parts.map(({ label, title, weight }, index) =>
        element(
          'li',
          { title },
          part(index),
          element('span', { class: 'dominance-label' }, label),
          element('span', { class: 'figure' }, formatShare(weight)),
        ),
      ),
    ),
  );
}

function part(index: number, style?: string): HTMLElement {
  return element('span', { class: `part part-${index}`, 'aria-hidden': 'true', style: style ?? false });
}
