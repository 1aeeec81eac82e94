import { monotonicFactory } from 'ulid';
import { formatCsv } from './csv.ts';
import { makeLedger } from './demo-ledger.ts';
import { demoSeed, portfolioPlans } from './demo-plans.ts';
import type { Close } from './price-model.ts';
import { formatJsonLines } from './recording.ts';
import { createSeededRandom } from './seeded-random.ts';
import type { TokenRecord } from './token-registry.ts';

/** A file of the demo data. */
export interface DemoFile {
  readonly path: string;
  readonly content: string;
}

/** The columns of `ledger.csv`. */
export const ledgerColumns = [
  'id',
  'portfolioId',
  'type',
  'tokenId',
  'quantity',
  'unitPrice',
  'fee',
  'executedAt',
  'externalId',
  'note',
] as const;

const largeWatchlistSize = 100;

/**
 * Makes the demo accounts: two users, their portfolios with ledgers, and watchlists; ids, days and
 * quantities come from a seed, prices from the recorded closes.
 *
 * @param tokens - by descending size
 */
export function buildDemo(
  tokens: readonly TokenRecord[],
  closesByTokenId: ReadonlyMap<string, readonly Close[]>,
): DemoFile[] {
  const users = {
    first: makeUser('Ada Demo', 'ada', '2023-08-21T08:00:00.000Z'),
    second: makeUser('Grace Demo', 'grace', '2023-10-02T11:30:00.000Z'),
  };
  const portfolios = portfolioPlans.map((plan) => ({
    id: makeId('pf', `${plan.owner}:${plan.name}`, plan.createdAt),
    ownerId: users[plan.owner].id,
    name: plan.name,
    baseCurrency: 'USD',
    costBasisMethod: plan.costBasisMethod,
    createdAt: plan.createdAt,
    archivedAt: null,
  }));
  const drafts = portfolioPlans.flatMap((plan, index) =>
    makeLedger(plan, closesByTokenId).map((draft) => ({
      ...draft,
      portfolioId: portfolios[index]?.id ?? '',
    })),
  );
  // Sorting is stable: entries of one instant keep their order within a portfolio, and so do their ids.
  const chronological = drafts.toSorted((a, b) => Date.parse(a.executedAt) - Date.parse(b.executedAt));
  const nextUlid = monotonicFactory(createSeededRandom(`${demoSeed}:transactions`).fraction);
  const ledger = chronological.map((draft) => ({
    ...draft,
    id: `tx_${nextUlid(Date.parse(draft.executedAt))}`,
  }));
  return [
    { path: 'users.json', content: formatJsonLines(Object.values(users)) },
    { path: 'portfolios.json', content: formatJsonLines(portfolios) },
    {
      path: 'ledger.csv',
      content: formatCsv(
        ledgerColumns,
        ledger.map((entry) => ledgerColumns.map((column) => entry[column])),
      ),
    },
    {
      path: 'watchlists.json',
      content: formatJsonLines(makeWatchlists(tokens, users.first.id, users.second.id)),
    },
  ];
}

function makeUser(displayName: string, mailbox: string, createdAt: string) {
  return {
    id: makeId('usr', mailbox, createdAt),
    displayName,
    email: `${mailbox}@example.com`,
    defaultCurrency: 'USD',
    createdAt,
  };
}

function makeWatchlists(tokens: readonly TokenRecord[], firstUserId: string, secondUserId: string) {
  const priced = tokens.filter((token) => token.status === 'ACTIVE').map((token) => token.id);
  const byCategory = (category: string, limit: number): string[] =>
    tokens
      .filter((token) => token.status === 'ACTIVE' && token.categories.includes(category))
      .slice(0, limit)
      .map((token) => token.id);
  const lists = [
    {
      ownerId: firstUserId,
      name: 'Top 100',
      tokenIds: priced.slice(0, largeWatchlistSize),
      updatedAt: '2026-07-30T18:20:00.000Z',
    },
    {
      ownerId: firstUserId,
      name: 'Decentralised finance',
      tokenIds: byCategory('defi', 12),
      updatedAt: '2026-05-11T07:45:00.000Z',
    },
    {
      ownerId: secondUserId,
      name: 'Base layers',
      tokenIds: byCategory('layer-1', 15),
      updatedAt: '2026-06-19T21:10:00.000Z',
    },
  ];
  return lists.map((list) => ({ id: makeId('wl', `${list.ownerId}:${list.name}`, list.updatedAt), ...list }));
}

function makeId(prefix: 'usr' | 'pf' | 'wl', name: string, instant: string): string {
  const { fraction } = createSeededRandom(`${demoSeed}:${prefix}:${name}`);
  return `${prefix}_${monotonicFactory(fraction)(Date.parse(instant))}`;
}
