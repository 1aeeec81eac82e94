/** The seed of all demo data. */
export const demoSeed = 'tributary-demo-1';

/** What the two demo users hold, before chance decides on days and quantities. */
export interface PortfolioPlan {
  readonly owner: 'first' | 'second';
  readonly name: string;
  readonly costBasisMethod: 'FIFO' | 'AVERAGE';
  readonly createdAt: string;
  /** Bought together at one instant on each day of the savings plan, largest share first. */
  readonly savedTokenIds: readonly string[];
  /** How many days the savings plan has, spread evenly over the span. */
  readonly savingDays: number;
  /** Bought now and then, next to the savings plan. */
  readonly boughtTokenIds: readonly string[];
  /** Purchases of each bought token. */
  readonly purchases: number;
  /** Tokens of which a part is sold later. */
  readonly soldTokenIds: readonly string[];
  /** Tokens bought and sold in full. */
  readonly closedTokenIds: readonly string[];
  /** Tokens that earn a reward each quarter. */
  readonly stakedTokenIds: readonly string[];
  /** Tokens of which a part is sent to another wallet, with a network fee paid in the token. */
  readonly sentTokenIds: readonly string[];
  /** Tokens received from another wallet. */
  readonly receivedTokenIds: readonly string[];
  /** A token without a market price, received at a price of the user's own. */
  readonly unpriced: {
    readonly tokenId: string;
    readonly quantity: string;
    readonly unitPrice: string;
  } | null;
}

/** The demo portfolios in their owners' order. */
export const portfolioPlans: readonly PortfolioPlan[] = [
  {
    owner: 'first',
    name: 'Long-term',
    costBasisMethod: 'FIFO',
    createdAt: '2023-08-21T08:30:00.000Z',
    savedTokenIds: ['bitcoin', 'ethereum', 'solana', 'chainlink', 'cardano', 'polkadot'],
    savingDays: 14,
    boughtTokenIds: [
      'ripple',
      'binancecoin',
      'avalanche-2',
      'uniswap',
      'aave',
      'litecoin',
      'cosmos',
      'near',
      'arbitrum',
      'optimism',
      'the-graph',
      'render-token',
      'filecoin',
      'maker',
      'stellar',
      'algorand',
      'lido-dao',
      'usd-coin',
    ],
    purchases: 3,
    soldTokenIds: ['solana', 'ripple', 'uniswap', 'litecoin', 'arbitrum', 'bitcoin', 'cardano'],
    closedTokenIds: ['shiba-inu', 'apecoin'],
    stakedTokenIds: ['ethereum', 'solana', 'cosmos', 'cardano'],
    sentTokenIds: ['bitcoin', 'ethereum'],
    receivedTokenIds: ['bitcoin', 'litecoin'],
    unpriced: { tokenId: 'blackdragon-token', quantity: '12500.000000000000000001', unitPrice: '0.0016' },
  },
  {
    owner: 'first',
    name: 'Trading',
    costBasisMethod: 'AVERAGE',
    createdAt: '2023-10-05T17:05:00.000Z',
    savedTokenIds: [],
    savingDays: 0,
    boughtTokenIds: ['bitcoin', 'ethereum', 'pepe', 'dogecoin', 'sui', 'tether'],
    purchases: 6,
    soldTokenIds: ['bitcoin', 'ethereum', 'pepe', 'dogecoin', 'sui'],
    closedTokenIds: ['injective-protocol'],
    stakedTokenIds: [],
    sentTokenIds: ['tether'],
    receivedTokenIds: ['tether'],
    unpriced: null,
  },
  {
    owner: 'second',
    name: 'Main',
    costBasisMethod: 'FIFO',
    createdAt: '2023-10-02T11:45:00.000Z',
    savedTokenIds: ['ethereum', 'bitcoin', 'aave', 'lido-dao'],
    savingDays: 10,
    boughtTokenIds: [
      'tether',
      'dai',
      'monero',
      'tron',
      'bitcoin-cash',
      'internet-computer',
      'aptos',
      'hedera-hashgraph',
      'vechain',
      'tezos',
      'kaspa',
      'bittensor',
      'curve-dao-token',
      'pendle',
      'gmx',
      'decentraland',
      'the-sandbox',
      'pyth-network',
    ],
    purchases: 3,
    soldTokenIds: ['aave', 'tron', 'monero', 'kaspa', 'tezos'],
    closedTokenIds: ['gala'],
    stakedTokenIds: ['ethereum', 'tezos'],
    sentTokenIds: ['ethereum'],
    receivedTokenIds: ['monero'],
    unpriced: null,
  },
];
