import { createGate, type Gate } from './gate.ts';
import { createTestGateway, createTestKey, type TestGateway } from './gateway.ts';
import {
  createTestSubgraph,
  type ReceivedRequest,
  type TestSubgraph,
  type TestSubgraphOptions,
} from './subgraph.ts';

/** What the token of a call to a subgraph says. */
export interface TokenClaims {
  readonly tier: string;
  readonly scope: string;
  readonly account?: string;
  readonly sub?: string;
}

/** Reads the token that a subgraph was sent. */
export function readClaims({ headers }: Pick<ReceivedRequest, 'headers'>): TokenClaims {
  const [, payload = ''] = (headers.authorization ?? '').split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

/** A gateway over a subgraph with private portfolios and one with public prices and private values. */
export interface TradingWorld extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly portfolio: TestSubgraph;
  readonly price: TestSubgraph;
  /** Where requests to the subgraphs wait. */
  readonly portfolioGate: Gate;
  readonly priceGate: Gate;
  /** Headers of callers with keys: `ada` and `bob` are FREE users, `cleo` is a PRO one. */
  readonly callers: Readonly<Record<'ada' | 'bob' | 'cleo', { readonly 'x-api-key': string }>>;
}

/** Private portfolios of public tokens. */
export const PORTFOLIO_SDL = `
  type Query {
    portfolio(id: ID!): Portfolio @authenticated
    tokens(ids: [ID!]!): [Token!]!
  }
  type Mutation { trade(id: ID!): Token! }
  type Portfolio @key(fields: "id") { id: ID! owner: String holdings: [Holding!]! spare: [Holding!]! }
  type Holding @key(fields: "id") { id: ID! token: Token! }
  type Token @key(fields: "id") { id: ID! }
`;

/** Public prices, private values. */
export const PRICE_SDL = `
  type Query { quote(id: ID!): String }
  type Token @key(fields: "id") { id: ID! price(currency: String = "USD"): String volume: Int seenBy: String }
  type Holding @key(fields: "id") { id: ID! value: String @authenticated }
  type Portfolio @key(fields: "id") { id: ID! total: String @authenticated }
`;

interface Entity {
  readonly id: string;
}

const token = (id: string) => ({ __typename: 'Token', id });

/** Holdings of a portfolio `size-start`: tokens `start`, `start + 1`, …; the same ones whoever asks. */
function holdingsOf(id: string, prefix: string) {
  const [size, start] = id.split('-').map(Number);
  return Array.from({ length: size ?? 0 }, (_, index) => ({
    id: `${prefix}${index}`,
    token: token(`t${(start ?? 0) + index}`),
  }));
}

/** What a token costs, and how it fails: tokens `bad…` have no price, tokens `none…` do not exist. */
function priceOf({ id }: Entity, { currency }: { currency: string }): string {
  if (id.startsWith('bad')) throw new Error(`${id} has no price`);
  return `${id} in ${currency}`;
}

/**
 * @param sharing - the section of `gateway.yaml`, as the inside of a YAML map
 * @param settings - other sections
 * @param spoil - does something else than to answer a request to `price`; says whether it did
 */
export async function createTradingWorld(
  sharing = '',
  settings = '',
  spoil?: TestSubgraphOptions['spoil'],
): Promise<TradingWorld> {
  const portfolioGate = createGate();
  const priceGate = createGate();
  const owner = (_: unknown, __: unknown, request: ReceivedRequest) => readClaims(request).sub ?? 'nobody';
  const portfolio = await createTestSubgraph({
    name: 'portfolio',
    sdl: PORTFOLIO_SDL,
    hold: () => portfolioGate.pass(),
    resolvers: {
      Query: {
        portfolio: (_: unknown, { id }: Entity) => ({ id }),
        tokens: (_: unknown, { ids }: { ids: string[] }) => ids.map(token),
      },
      Mutation: {
        trade(_: unknown, { id }: Entity) {
          if (id.startsWith('bad')) throw new Error(`${id} cannot be traded`);
          return token(id);
        },
      },
      Portfolio: {
        owner,
        holdings: ({ id }: Entity) => holdingsOf(id, 'h'),
        spare: ({ id }: Entity) => holdingsOf(id, 's'),
      },
    },
  });
  const price = await createTestSubgraph({
    name: 'price',
    sdl: PRICE_SDL,
    hold: () => priceGate.pass(),
    ...(spoil === undefined ? {} : { spoil }),
    resolvers: {
      Query: { quote: (_: unknown, entity: Entity) => priceOf(entity, { currency: 'USD' }) },
      Token: {
        __resolveReference: (entity: Entity) => (entity.id.startsWith('none') ? null : entity),
        price: priceOf,
        volume: ({ id }: Entity) => id.length,
        seenBy: (_: unknown, __: unknown, request: ReceivedRequest) => readClaims(request).tier,
      },
      Holding: {
        value: ({ id }: Entity, _: unknown, request: ReceivedRequest) => `${id} of ${owner(_, _, request)}`,
      },
      Portfolio: {
        total: ({ id }: Entity, _: unknown, request: ReceivedRequest) => `${id} of ${owner(_, _, request)}`,
      },
    },
  });
  const keyOf = (userId: string, tier: 'FREE' | 'PRO') =>
    createTestKey({ userId, tier, accountId: `account of ${userId}`, scopes: [`scope:${userId}`] });
  const keys = { ada: keyOf('ada', 'FREE'), bob: keyOf('bob', 'FREE'), cleo: keyOf('cleo', 'PRO') };
  const gateway = await createTestGateway({
    ownPlanner: true,
    subgraphs: [portfolio, price],
    yaml: `sharing: { ${sharing} }\n${settings}`,
    keys: Object.values(keys).map(({ record }) => record),
  });
  return {
    gateway,
    portfolio,
    price,
    portfolioGate,
    priceGate,
    callers: {
      ada: { 'x-api-key': keys.ada.text },
      bob: { 'x-api-key': keys.bob.text },
      cleo: { 'x-api-key': keys.cleo.text },
    },
    async [Symbol.asyncDispose]() {
      portfolioGate.open();
      priceGate.open();
      await gateway[Symbol.asyncDispose]();
      await portfolio[Symbol.asyncDispose]();
      await price[Symbol.asyncDispose]();
    },
  };
}
