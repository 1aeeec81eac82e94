/** The identifier of a chain after CAIP-2, with the name it goes by. */
export const chainNames: Readonly<Record<string, string>> = {
  'bip122:000000000019d6689c085ae165831e93': 'Bitcoin',
  'bip122:12a765e31ffd4059bada1e25190f6e98': 'Litecoin',
  'bip122:00000000001a91e3dace36e2be3bf030': 'Dogecoin',
  'bip122:000000000000000000651ef99cb9fcbe': 'Bitcoin Cash',
  'bip122:00040fe8ec8471911baa1db1266ea15d': 'Zcash',
  'cosmos:cosmoshub-4': 'Cosmos Hub',
  'cosmos:thorchain-1': 'THORChain',
  'eip155:10': 'OP Mainnet',
  'near:mainnet': 'NEAR Protocol',
  'sui:35834a8a': 'Sui',
  'ton:mainnet': 'The Open Network',
  'tron:0x2b6653dc': 'TRON',
};

/** Decimals of native assets outside the EVM, after each protocol's own unit (1 BTC = 10^8 satoshi). */
export const nativeDecimals: Readonly<Record<string, number>> = {
  bitcoin: 8,
  litecoin: 8,
  dogecoin: 8,
  'bitcoin-cash': 8,
  zcash: 8,
  cosmos: 6,
  thorchain: 8,
  near: 24,
  sui: 9,
  'the-open-network': 9,
  tron: 6,
};

/** Chains on which a contract of a token is listed, in the order in which deployments are given. */
export const contractChainIds = [
  'eip155:1',
  'eip155:10',
  'eip155:137',
  'eip155:8453',
  'eip155:42161',
] as const;

/**
 * Contracts whose `decimals()` is not 18, by token, on all chains of {@link contractChainIds}.
 * The packages carry no decimals.
 */
const otherContractDecimals: Readonly<Record<string, number>> = {
  tether: 6,
  'usd-coin': 6,
  'paypal-usd': 6,
  gala: 8,
  'crypto-com-chain': 8,
  singularitynet: 8,
  storj: 8,
  telcoin: 2,
  'iexec-rlc': 9,
  chromaway: 6,
  'kucoin-shares': 6,
  'gemini-dollar': 2,
};

const eighteenDecimals = new Set(
  `1inch aave apecoin aragon arbitrum arkham audius axie-infinity basic-attention-token binance-peg-cardano
  binance-peg-polkadot binance-peg-xrp blur cartesi celer-network chainlink chiliz compound-governance-token
  crvusd curve-dao-token dai decentraland dexe echelon-prime enjincoin ethereum-name-service fetch-ai
  first-digital-usd frax frax-share gitcoin gmx gnosis golem havven holotoken illuvium injective-protocol
  kyber-network-crystal leo-token lido-dao liquity liquity-usd livepeer loopring maker mantle mask-network
  matic-network memecoin mog-coin nexo numeraire ocean-protocol okb optimism pendle pepe
  polygon-ecosystem-token quant-network render-token reserve-rights-token rocket-pool shiba-inu skale
  ssv-network stargate-finance superrare sushi the-graph the-sandbox threshold-network-token
  tokamak-network true-usd uma uniswap usdd woo-network yearn-finance yield-guild-games`.split(/\s+/u),
);

/** The decimals of a token's ERC-20 contracts, or undefined when they are not known for certain. */
export function contractDecimals(tokenId: string): number | undefined {
  return otherContractDecimals[tokenId] ?? (eighteenDecimals.has(tokenId) ? 18 : undefined);
}

/** A token that its package of names does not list, known by its contract. */
export interface ContractToken {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  readonly caip19: string;
  readonly decimals: number;
  readonly categories: readonly string[];
  /** The token whose price it follows; absent for one with a market of its own. */
  readonly pegTokenId?: string;
}

/** Tokens that share a ticker with a larger one. Symbols and names after `symbol()` and issuer. */
export const contractTokens: readonly ContractToken[] = [
  {
    id: 'binance-peg-xrp',
    symbol: 'XRP',
    name: 'Binance-Peg XRP',
    caip19: 'eip155:56/erc20:0x1d2f0da169ceb9fc7b3144628db156f3f6c60dbe',
    decimals: 18,
    categories: ['bridged'],
    pegTokenId: 'ripple',
  },
  {
    id: 'binance-peg-dogecoin',
    symbol: 'DOGE',
    name: 'Binance-Peg Dogecoin',
    caip19: 'eip155:56/erc20:0xba2ae424d960c26247dd6c32edc70b295c744c43',
    decimals: 8,
    categories: ['bridged', 'meme'],
    pegTokenId: 'dogecoin',
  },
  {
    id: 'binance-peg-cardano',
    symbol: 'ADA',
    name: 'Binance-Peg Cardano',
    caip19: 'eip155:56/erc20:0x3ee2200efb3400fabb9aacf31297cbdd1d435d47',
    decimals: 18,
    categories: ['bridged'],
    pegTokenId: 'cardano',
  },
  {
    id: 'binance-peg-polkadot',
    symbol: 'DOT',
    name: 'Binance-Peg Polkadot',
    caip19: 'eip155:56/erc20:0x7083609fce4d1d8dc0c979aab8c869ea2c873402',
    decimals: 18,
    categories: ['bridged'],
    pegTokenId: 'polkadot',
  },
  {
    id: 'tokamak-network',
    symbol: 'TON',
    name: 'Tokamak Network',
    caip19: 'eip155:1/erc20:0x2be5e8c109e2197d077d13a82daead6a9b3433c5',
    decimals: 18,
    categories: ['layer-2'],
  },
];

/** Tokens without a price: the set says so for the sake of the state, not as a statement on the project. */
export const untrackedTokenIds: readonly string[] = ['blackdragon-token', 'playchip'];

/** Tokens whose synthetic history ends early, with the last day of it. */
export const inactiveTokens: Readonly<Record<string, string>> = { aragon: '2025-03-31' };

/** Members of each category; the union is the universe. A token may stand in several. */
const categoryMembers: Readonly<Record<string, string>> = {
  'layer-1': `bitcoin ethereum binancecoin solana ripple cardano avalanche-2 the-open-network polkadot
    bitcoin-cash tron internet-computer litecoin near aptos cosmos ethereum-classic stellar hedera-hashgraph
    vechain kaspa sui sei-network algorand flow bitcoin-cash-sv conflux-token elrond-erd-2 tezos
    mina-protocol ecash flare-networks eos neo iota kava oasis-network nervos-network terra-luna-2 radix
    zilliqa celo ravencoin qtum casper-network kusama chia moonbeam kadena waves harmony icon lisk dogecoin
    fantom injective-protocol thorchain theta-token celestia coredaoorg klay-token xdce-crowd-sale dash
    zcash monero decred nem filecoin arweave siacoin`,
  'layer-2': `matic-network polygon-ecosystem-token arbitrum mantle optimism starknet blockstack metis-token
    loopring skale`,
  stablecoin: `tether usd-coin dai first-digital-usd usdd frax true-usd paypal-usd crvusd liquity-usd
    gemini-dollar`,
  'exchange-token': `binancecoin leo-token crypto-com-chain okb gatechain-token whitebit kucoin-shares nexo
    woo-network mx-token`,
  defi: `uniswap aave maker lido-dao havven thorchain injective-protocol pancakeswap-token curve-dao-token
    1inch frax-share rocket-pool compound-governance-token pendle gmx sushi yearn-finance dydx-chain osmosis
    raydium dexe joe stargate-finance kyber-network-crystal liquity`,
  meme: 'dogecoin shiba-inu pepe memecoin mog-coin popcat degen-base dogelon-mars',
  oracle: 'chainlink pyth-network uma',
  storage: 'filecoin arweave siacoin storj',
  gaming: `gala axie-infinity the-sandbox decentraland illuvium enjincoin echelon-prime yield-guild-games
    beam-2 chiliz apecoin`,
  ai: `bittensor fetch-ai singularitynet render-token akash-network ocean-protocol arkham numeraire`,
  privacy: 'monero zcash dash decred oasis-network secret nym',
  payments: 'bitcoin ripple stellar litecoin bitcoin-cash dash nano telcoin',
  infrastructure: `the-graph quant-network axelar helium threshold-network-token livepeer mask-network
    ssv-network iexec-rlc golem aioz-network ethereum-name-service theta-fuel holotoken cartesi
    celer-network chromaway reserve-rights-token gnosis`,
  interoperability: 'cosmos polkadot quant-network axelar thorchain',
  nft: 'apecoin blur superrare ordinals sats-ordinals',
  'real-world-assets': 'centrifuge mantra-dao polymesh',
  media: 'basic-attention-token audius theta-token',
  governance: 'aragon gitcoin',
};

/** The category slugs of every token of the universe, by token. */
export const categoriesByTokenId: ReadonlyMap<string, readonly string[]> = collectCategories();

function collectCategories(): Map<string, readonly string[]> {
  const categories = new Map<string, string[]>();
  for (const [category, members] of Object.entries(categoryMembers)) {
    for (const tokenId of members.split(/\s+/u)) {
      categories.set(tokenId, [...(categories.get(tokenId) ?? []), category]);
    }
  }
  for (const token of contractTokens) categories.set(token.id, [...token.categories]);
  return categories;
}
