import type { TokenRecord } from '../../shared/market-copy.ts';

/** Which tokens an index holds, and how much of each. */
export interface IndexRule {
  readonly id: string;
  readonly name: string;
  readonly methodology: string;
  /** How many tokens it holds: the largest by market capitalisation of those that are eligible. */
  readonly size: number;
  readonly weighting: 'MARKET_CAP' | 'EQUAL';
  readonly isEligible: (token: TokenRecord) => boolean;
}

/** Names the computation that all indices share; changes with it. */
export const INDEX_MODEL = 'divisor-monthly/1';

/** Their prices follow something else, so that they would count it twice or dilute it. */
const PEGGED_CATEGORIES = ['stablecoin', 'bridged'];

const isFloating = ({ status, categories }: TokenRecord) =>
  status === 'ACTIVE' && !categories.some((category) => PEGGED_CATEGORIES.includes(category));

const SHARED_METHODOLOGY =
  'Between rebalancings the index holds fixed quantities: it is a Laspeyres index, the value of those quantities by ' +
  'a divisor that keeps the level unchanged when they are set anew (S&P Dow Jones Indices, Index Mathematics ' +
  'Methodology). It is rebalanced at the close of the last UTC day of each month. It begins at 1000 at the first ' +
  'such close at which enough tokens have a price. Capitalisations are closes in US dollars times the circulating ' +
  'supply that is known now, since supplies of the past are not. A token without a close on a day keeps its last ' +
  `one. The level is that of the last closed day. Model ${INDEX_MODEL}.`;

/** All indices, in the order in which they are told. */
export const INDEX_RULES: readonly IndexRule[] = [
  {
    id: 'idx_large-10',
    name: 'Large 10',
    methodology:
      'The ten largest active tokens by market capitalisation, stablecoins and bridged tokens left out, weighted by ' +
      `market capitalisation. ${SHARED_METHODOLOGY}`,
    size: 10,
    weighting: 'MARKET_CAP',
    isEligible: isFloating,
  },
  {
    id: 'idx_equal-20',
    name: 'Equal 20',
    methodology:
      'The twenty largest active tokens by market capitalisation, stablecoins and bridged tokens left out, each with ' +
      `the same weight at each rebalancing. ${SHARED_METHODOLOGY}`,
    size: 20,
    weighting: 'EQUAL',
    isEligible: isFloating,
  },
  {
    id: 'idx_defi-10',
    name: 'DeFi 10',
    methodology:
      'The ten largest active tokens of the category defi by market capitalisation, weighted by market ' +
      `capitalisation. ${SHARED_METHODOLOGY}`,
    size: 10,
    weighting: 'MARKET_CAP',
    isEligible: (token) => isFloating(token) && token.categories.includes('defi'),
  },
];
