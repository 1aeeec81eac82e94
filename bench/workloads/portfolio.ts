import { createSeededRandom } from '../../scripts/recordings/seeded-random.ts';
import type { CannedEntity, CannedSubgraph, Representation } from '../canned/canned-subgraph.ts';
import { entityBy } from '../canned/entity-by.ts';
import type { CannedObject } from '../canned/select-fields.ts';
import { filler } from './filler.ts';
import type { Workload } from './workload.ts';

const PORTFOLIO = /* GraphQL */ `
  type Query { portfolio(id: ID!): Portfolio }
  type Portfolio @key(fields: "id") { id: ID! name: String! currency: String! holdings: [Holding!]! }
  type Holding { quantity: String! token: Token! }
  type Token @key(fields: "id") { id: ID! }
`;
const PRICE = /* GraphQL */ `
  type Token @key(fields: "id") { id: ID! symbol: String! name: String! price: Price }
  type Price { amount: String! change24h: Float asOf: String! }
`;
const ANALYTICS = /* GraphQL */ `
  type Token @key(fields: "id") {
    id: ID!
    price: Price @external
    metrics: Metrics @requires(fields: "price { amount }")
  }
  type Price { amount: String! @external }
  type Metrics { volatility: Float! sharpeRatio: Float! fairValue: String! }
`;
const NEWS = /* GraphQL */ `
  type Token @key(fields: "id") { id: ID! headlines: [Headline!]! }
  type Headline { title: String! publishedAt: String! sentiment: Float! }
`;

/** The optional fields of the query, by the type that they are selected on; also what distinct documents vary. */
export const PORTFOLIO_FIELDS = {
  portfolio: ['name', 'currency'],
  holding: ['quantity'],
  token: ['symbol', 'name'],
  price: ['amount', 'change24h', 'asOf'],
  metrics: ['volatility', 'sharpeRatio', 'fairValue'],
  headlines: ['title', 'publishedAt', 'sentiment'],
} as const;

export type PortfolioSelection = { readonly [Type in keyof typeof PORTFOLIO_FIELDS]: readonly string[] };

/** Writes the query with some of the optional fields; a part without fields is left out. */
export function portfolioQuery(selection: PortfolioSelection, operationName: string): string {
  const part = (name: 'price' | 'metrics' | 'headlines'): string =>
    selection[name].length === 0 ? '' : `${name} { ${selection[name].join(' ')} }`;
  return `query ${operationName}($id: ID!) {
  portfolio(id: $id) {
    id ${selection.portfolio.join(' ')}
    holdings {
      ${selection.holding.join(' ')}
      token { id ${selection.token.join(' ')} ${part('price')} ${part('metrics')} ${part('headlines')} }
    }
  }
}`;
}

const PORTFOLIOS = 10_000;
const TOKENS = 200;
const HOLDINGS = 20;
/** Prime to the number of portfolios, so that walking by it visits each before it repeats one. */
const STRIDE = 7_919;
const START = '2026-01-02T03:04:05Z';

/** The portfolio that request number `index` asks for. */
export function portfolioId(index: number): string {
  return `portfolio-${(index * STRIDE) % PORTFOLIOS}`;
}

function createTokens(): CannedObject[] {
  const random = createSeededRandom('tokens of the benchmark');
  return Array.from({ length: TOKENS }, (_, index) => {
    const amount = random.between(0.01, 5_000).toFixed(4);
    return {
      __typename: 'Token',
      id: `token-${index}`,
      symbol: `T${index}`,
      name: `Token number ${index}`,
      price: { __typename: 'Price', amount, change24h: random.between(-0.2, 0.2), asOf: START },
      metrics: metricsOf(index, amount),
      headlines: Array.from({ length: 3 }, (_headline, number) => ({
        __typename: 'Headline',
        title: filler(`headline ${index} ${number}`, 60),
        publishedAt: START,
        sentiment: random.between(-1, 1),
      })),
    };
  });
}

/** Depends on the price, so that an answer is wrong when a gateway sends the wrong one. */
function metricsOf(index: number, amount: string): CannedObject {
  return {
    __typename: 'Metrics',
    volatility: 0.2 + index / 1000,
    sharpeRatio: 2 - index / 100,
    fairValue: `${amount}0`,
  };
}

/** Twenty different tokens, the low numbers far more often than the high ones (Zipf's law, exponent 1). */
function createHoldings(id: string, tokens: readonly CannedObject[], cumulative: readonly number[]): unknown {
  const random = createSeededRandom(id);
  const total = cumulative.at(-1) ?? 0;
  const held = new Set<CannedObject>();
  while (held.size < HOLDINGS) {
    const point = random.fraction() * total;
    held.add(tokens[cumulative.findIndex((sum) => sum > point)] as CannedObject);
  }
  return [...held].map((token) => ({
    __typename: 'Holding',
    quantity: random.between(0.1, 100).toFixed(6),
    token,
  }));
}

/** The data of the workload: a root, and the subgraphs over it. */
export function createPortfolioData(): { root: CannedObject; subgraphs: CannedSubgraph[] } {
  const tokens = createTokens();
  let sum = 0;
  const cumulative = tokens.map((_, index) => {
    sum += 1 / (index + 1);
    return sum;
  });
  const portfolio = ({ id }: { id: string }): CannedObject => ({
    __typename: 'Portfolio',
    id,
    name: `Portfolio ${id}`,
    currency: 'USD',
    holdings: createHoldings(id, tokens, cumulative),
  });
  const root = { __typename: 'Query', portfolio };
  const byId = entityBy('id', tokens);
  const amountOf = ({ price }: Representation) => (price as { amount: string } | undefined)?.amount;
  const analyticsToken: CannedEntity = {
    key(representation) {
      const amount = amountOf(representation);
      if (amount === undefined) throw new Error('price { amount } is required');
      return `${String(representation.id)} ${amount}`;
    },
    find(representation) {
      const token = byId.find(representation);
      return { ...token, metrics: metricsOf(tokens.indexOf(token), amountOf(representation) ?? '') };
    },
  };
  const entities = { Token: byId };
  return {
    root,
    subgraphs: [
      { name: 'portfolio', sdl: PORTFOLIO, root, entities },
      { name: 'price', sdl: PRICE, root, entities },
      { name: 'analytics', sdl: ANALYTICS, root, entities: { Token: analyticsToken } },
      { name: 'news', sdl: NEWS, root, entities },
    ],
  };
}

/** Another portfolio in every request, over the same few hundred tokens: what coalescing across requests is for. */
export function createPortfolio(): Workload {
  const query = portfolioQuery(PORTFOLIO_FIELDS, 'Portfolio');
  return {
    name: 'portfolio',
    description: 'another portfolio in every request, 20 of 200 tokens each, from four subgraphs',
    connections: 64,
    ...createPortfolioData(),
    requestCount: PORTFOLIOS,
    request: (index) => ({ query, variables: { id: portfolioId(index) } }),
    planned: { calls: 4, representations: 3 * HOLDINGS },
  };
}
