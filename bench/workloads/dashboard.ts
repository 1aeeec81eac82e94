import { readFileSync } from 'node:fs';
import { createSeededRandom } from '../../scripts/recordings/seeded-random.ts';
import type { CannedEntity, CannedSubgraph, Representation } from '../canned/canned-subgraph.ts';
import { entityBy } from '../canned/entity-by.ts';
import type { CannedObject } from '../canned/select-fields.ts';
import type { Workload } from './workload.ts';

const SCHEMA = new URL('../../schema/', import.meta.url);
const PORTFOLIOS = 10_000;
const STRIDE = 7_919;
const TOKENS = 200;
const HOLDINGS = 20;
const AS_OF = '2026-01-02T03:04:05Z';

const money = (amount: string): CannedObject => ({ __typename: 'Money', amount, currency: 'USD' });

/** A field with arguments that make no difference here. */
const constant = (value: CannedObject) => () => value;

function createTokens(): CannedObject[] {
  const random = createSeededRandom('tokens of the dashboard');
  return Array.from({ length: TOKENS }, (_, index) => ({
    __typename: 'Token',
    id: `token-${index}`,
    symbol: `T${index}`,
    name: `Token number ${index}`,
    imageUrl: `https://images.example/${index}.png`,
    price: constant({
      __typename: 'TokenPrice',
      amount: random.between(0.01, 5_000).toFixed(4),
      change24h: random.between(-0.2, 0.2),
      asOf: AS_OF,
      stale: false,
    }),
    sparkline: ({ points }: { points: number }) =>
      Array.from({ length: points }, (_point, number) => `${index + number}.25`),
  }));
}

/** A holding's identifier says all of it, so that every subgraph finds it without a table of 200,000. */
function createHolding(id: string, tokens: readonly CannedObject[]): CannedObject {
  const [, portfolio = 0, token = 0] = id.split('-').map(Number);
  const quantity = `${portfolio + token}.5`;
  return {
    __typename: 'Holding',
    id,
    quantity,
    baseCurrency: 'USD',
    token: tokens[token] as CannedObject,
    costBasis: money(`${token * 3}.75`),
    value: money(`${quantity}0`),
    unrealizedPnl: { __typename: 'ProfitAndLoss', amount: money(`${portfolio}.25`), ratio: token / 100 },
  };
}

function createPortfolio(id: string, tokens: readonly CannedObject[]): CannedObject {
  const number = Number(id.split('-')[1]);
  const random = createSeededRandom(id);
  const held = new Set<number>();
  // Squared, so that low numbers are held far more often.
  while (held.size < HOLDINGS) held.add(Math.floor(random.fraction() ** 2 * TOKENS));
  const nodes = [...held].map((token) => createHolding(`holding-${number}-${token}`, tokens));
  return {
    __typename: 'Portfolio',
    id,
    name: `Portfolio ${number}`,
    baseCurrency: 'USD',
    positions: nodes.map(({ quantity, token }) => ({ __typename: 'PositionSnapshot', quantity, token })),
    totalValue: {
      __typename: 'PortfolioValue',
      value: money(`${number}000.00`),
      change24h: money(`-${number}.50`),
      change24hRatio: -number / 10_000_000,
      asOf: AS_OF,
      unpricedTokens: [tokens[number % TOKENS]],
    },
    holdings: () => ({
      __typename: 'HoldingConnection',
      nodes,
      pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: `cursor-${number}` },
    }),
  };
}

/** An entity that must come with the values that its fields require. */
function requiring(entity: CannedEntity, fields: readonly string[]): CannedEntity {
  return {
    find: entity.find,
    key(representation) {
      for (const field of fields) {
        if (representation[field] === undefined) throw new Error(`${field} is required`);
      }
      return entity.key(representation);
    },
  };
}

function createSubgraphs(root: CannedObject, tokens: readonly CannedObject[]): CannedSubgraph[] {
  const identified = (make: (id: string) => CannedObject): CannedEntity => ({
    key: ({ id }: Representation) => String(id),
    find: ({ id }: Representation) => make(String(id)),
  });
  const token = entityBy('id', tokens);
  const holding = identified((id) => createHolding(id, tokens));
  const portfolio = identified((id) => createPortfolio(id, tokens));
  const entities: Record<string, Record<string, CannedEntity>> = {
    portfolio: { Portfolio: portfolio, Holding: holding, Token: token },
    price: {
      Token: token,
      Holding: requiring(holding, ['quantity', 'baseCurrency', 'token']),
      Portfolio: requiring(portfolio, ['baseCurrency', 'positions']),
    },
    analytics: { Token: token, Holding: requiring(holding, ['costBasis', 'value']) },
    news: {},
  };
  return Object.entries(entities).map(([name, ofSubgraph]) => ({
    name,
    sdl: readFileSync(new URL(`${name}.graphql`, SCHEMA), 'utf8'),
    root,
    entities: ofSubgraph,
  }));
}

/** The platform's own Dashboard, for another portfolio in every request. */
export function createDashboard(): Workload {
  const tokens = createTokens();
  const query = readFileSync(new URL('operations/01-dashboard.graphql', SCHEMA), 'utf8');
  const root: CannedObject = {
    __typename: 'Query',
    portfolio: ({ id }: { id: string }) => createPortfolio(id, tokens),
    marketOverview: () => ({
      __typename: 'MarketOverview',
      totalMarketCap: money('2500000000000.00'),
      marketCapChange24h: 0.0125,
      dominance: tokens.slice(0, 10).map((token, index) => ({
        __typename: 'IndexConstituent',
        weight: 0.5 / (index + 1),
        token,
      })),
    }),
  };
  return {
    name: 'dashboard',
    description: "the platform's own Dashboard, other variables in every request",
    connections: 32,
    subgraphs: createSubgraphs(root, tokens),
    root,
    requestCount: PORTFOLIOS,
    request: (index) => ({
      query,
      variables: { portfolioId: `portfolio-${(index * STRIDE) % PORTFOLIOS}` },
    }),
  };
}
