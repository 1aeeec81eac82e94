import { changeBadge } from './change-badge.ts';
import { element } from './element.ts';
import { formatMoney, formatPrice, formatQuantity } from './format.ts';
import type { HoldingRowFragment } from './gql/graphql.ts';
import { sparkline } from './sparkline.ts';

const COLUMNS = ['Token', 'Price', 'Week', 'Holding', 'Profit'] as const;

/**
 * What is held, one row a token. On a narrow screen CSS lays rows out as cards; the roles are said explicitly because
 * some browsers forget what a table is once its `display` is another.
 */
export function holdingsTable(holdings: readonly HoldingRowFragment[], currency: string): HTMLTableElement {
  return element(
    'table',
    { class: 'holdings', role: 'table', 'aria-labelledby': 'holdings-title' },
    element(
      'thead',
      { role: 'rowgroup' },
      element(
        'tr',
        { role: 'row' },
        ...COLUMNS.map((name) => element('th', { scope: 'col', role: 'columnheader' }, name)),
      ),
    ),
    element('tbody', { role: 'rowgroup' }, ...holdings.map((holding) => row(holding, currency))),
  );
}

function row(holding: HoldingRowFragment, currency: string): HTMLTableRowElement {
  const { token, quantity, value, unrealizedPnl } = holding;
  const { price } = token;
  return element(
    'tr',
    { role: 'row', 'data-token': token.id },
    element(
      'th',
      { scope: 'row', role: 'rowheader', class: 'token' },
      element('span', { class: 'symbol' }, token.symbol),
      element('span', { class: 'name' }, token.name),
    ),
    cell(
      'price',
      element('span', { class: 'figure' }, formatPrice(price?.amount, price?.currency ?? currency)),
      price === null ? element('span', { class: 'note' }, 'no price') : changeBadge(price.change24h),
      price?.stale === true && element('span', { class: 'stale', title: 'No newer price is known' }, 'old'),
    ),
    cell('week', sparkline(token.sparkline)),
    cell(
      'value',
      element('span', { class: 'figure' }, formatMoney(value?.amount, currency)),
      element('span', { class: 'note' }, `${formatQuantity(quantity)} ${token.symbol}`),
    ),
    cell(
      'profit',
      element(
        'span',
        { class: 'figure' },
        formatMoney(unrealizedPnl?.amount.amount, currency, { signDisplay: 'exceptZero' }),
      ),
      changeBadge(unrealizedPnl?.ratio),
    ),
  );
}

function cell(name: string, ...children: Parameters<typeof element>[2][]): HTMLTableCellElement {
  return element('td', { role: 'cell', class: name }, ...children);
}
