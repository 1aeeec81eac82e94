/**
 * Names and tickers of tokens that headlines use in another meaning, in lower case. They count as a mention
 * only with a dollar sign (`$LINK`) or before a word of the trade (`Flow blockchain`).
 */
export const AMBIGUOUS_WORDS: ReadonlySet<string> = new Set(
  [
    // Words of English, and names of everyday things.
    'algo ant any ape apt atom audio avalanche bat beam blur book cake celestia centrifuge chia comp compound',
    'core cosmos cow dash degen eos etc fantom flare flow frame gala gas gate gnosis golem harmony helium high',
    'holo hot icon injective iota joe just kava link loom luna magic maker mana mantle mantra mask mass meme',
    'memecoin merit moonbeam moon move my nano near neo next now numeraire ocean one ontology optimism origin',
    'osmosis pepe people pilot plasma play polygon portal power prime pulse quant radix rare ray ren render',
    'ripple rose rune safe sand sats secret sei skale sonic space stacks stellar storm sui sun super sushi swell',
    'terra theta threshold time token trade trust uni vet wave waves wing woo yield',
    // Offices, laws, units and abbreviations of politics, finance and technology.
    'act ada ai aml api ar bdt bis bond cbdc cfg cro dao defi dex dia doj dot ecb edu elastic ens etf eu fed fet',
    'fil fun genius gt icp id imf ip ldo leo mnt mx nem nft nym om op pla pol qnt rpl rsr rwa salt sc sec stx',
    'tao tel ton uk un us usd xdc',
    // People, peoples and places.
    'aptos aragon aurora dai elon kusama melania trump uma',
  ]
    .flatMap((line) => line.split(' '))
    .concat('the graph', 'the sandbox'),
);
