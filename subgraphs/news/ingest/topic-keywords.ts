/** Grows with each change of the words or of the rules that read them: the same version finds the same topics. */
export const TOPIC_RULES_VERSION = 1;

/** What an article is about, apart from tokens; the values of the schema's `NewsTopic`, in its order. */
export type NewsTopic = 'MARKETS' | 'REGULATION' | 'TECHNOLOGY' | 'SECURITY' | 'DEFI' | 'BUSINESS' | 'MACRO';

/**
 * The words of each topic, in the singular and in lower case. A word stands here when it means the topic
 * wherever a headline on finance uses it: "market" alone is not a word of MARKETS, since "market structure" is law.
 */
export const TOPIC_KEYWORDS: Readonly<Record<NewsTopic, readonly string[]>> = {
  MARKETS: words(
    'price, volatility, trading, trader, rally, rallies, rallied, plunge, plunged, surge, surged, slump',
    'sell-off, selloff, bull market, bear market, all-time high, record high, market cap, market capitalization',
    'liquidation, futures, derivative, inflow, outflow, order book, prediction market, capital market',
    'trading volume, open interest, short seller',
  ),
  REGULATION: words(
    'rule, rulemaking, regulate, regulation, regulator, regulatory, legislation, law, lawmaker, lawsuit, bill',
    'sanction, compliance, comment period, public comment, requests comment, hearing, supervision, supervisory',
    'licensing, licence, license, charter, prohibition, enforcement, market structure, proposal, proposed',
    'approval requirement, filing requirement, subcommittee, full committee, senate, congress, court, taxpayer',
    'capital treatment, disclosure, ethics guardrail, subpoena, indictment, settlement with, sever, permitted payment stablecoin',
  ),
  TECHNOLOGY: words(
    'protocol, software, mainnet, testnet, upgrade, hard fork, soft fork, smart contract, layer 2, rollup',
    'zero-knowledge, validator, consensus algorithm, client release, open source, quantum, cryptographic',
    'artificial intelligence, technology, interoperability, developer',
  ),
  SECURITY: words(
    'hack, hacked, hacker, exploit, exploited, breach, phishing, ransomware, malware, theft, stolen, scam, fraud',
    'ponzi, rug pull, vulnerability, vulnerabilities, cyberattack, cybersecurity, cryptographic attack',
    'private key, double spend, drained',
  ),
  DEFI: words(
    'defi, decentralized finance, decentralised finance, decentralized exchange, decentralised exchange',
    'automated market maker, liquidity pool, yield farming, liquid staking, restaking, staking, flash loan',
    'lending protocol, total value locked',
  ),
  BUSINESS: words(
    'acquisition, acquire, acquired, merger, ipo, initial public offering, earnings, revenue, profit',
    'funding round, venture capital, private equity, startup, start-up, ceo, layoff, partnership, bankruptcy',
    'bankruptcies, shareholder, company, companies, billionaire, small business',
  ),
  MACRO: words(
    'inflation, interest rate, rate cut, rate hike, monetary policy, gdp, recession, unemployment, jobs report',
    'central bank, fed independence, affordability crisis, bank lending, tariff, money supply, economic growth',
    'treasury yield, global economy, federal budget',
  ),
};

/** Names that contain words of a topic without speaking of it, and what is read in their place. */
export const NAMES_WITHOUT_TOPIC: Readonly<Record<string, string>> = {
  'digital assets, financial technology, and artificial intelligence subcommittee': 'subcommittee',
  'wall street journal': 'newspaper',
};

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(', '));
}
