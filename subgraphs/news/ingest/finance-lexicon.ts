/**
 * Our additions to VADER's lexicon for headlines about finance and regulation.
 *
 * VADER rates single words of social media on a scale from -4 to 4. Two kinds of entries mend what that does
 * to our headlines. *Neutral terms* are names of things, acts and offices that VADER takes for praise or
 * blame ("asset" 1.5, "securities" 1.2, "terrorism" -3.6 in the name of a rule against it). *Stand-ins* are
 * words of the trade that VADER does not know, each with a word that it does know and that is rated as we
 * rate ours; negation and emphasis around it keep working, since VADER reads the stand-in in its place.
 *
 * Change `LEXICON_VERSION` with every change of an entry: scores are only comparable within one version.
 */
export const LEXICON_VERSION = 1;

/** Phrases without a tone of their own; lower case. */
export const NEUTRAL_TERMS: readonly string[] = [
  'guiding and establishing national innovation',
  'countering the financing of terrorism',
  'equal credit opportunity act',
  'artificial intelligence',
  'counter illicit finance',
  'consumer protection',
  'financial innovation',
  'financial stability',
  'anti-money laundering',
  'federal securities',
  'securities laws',
  'national security',
  'sanctions compliance',
  'bank secrecy act',
  'federal reserve',
  'clarity act',
  'security token',
  'securities',
  'treasury',
  'security',
  'interest',
  'certain',
  'insured',
  'credit',
  'trust',
  'assets',
  'asset',
  'shares',
  'share',
  'united',
  'natural',
  'like',
];

/** Words of the trade by the word that VADER shall read instead; ratings in brackets are VADER's own. */
export const STAND_INS: Readonly<Record<string, string>> = {
  // Favourable.
  surge: 'gains', // 1.4
  surges: 'gains',
  soar: 'gains',
  soars: 'gains',
  rally: 'gains',
  rallies: 'gains',
  rebounds: 'gains',
  bullish: 'optimistic', // 1.3
  adopts: 'adopt', // 0.7
  approve: 'approves', // 1.7
  // Unfavourable.
  plunge: 'losses', // -1.7
  plunges: 'losses',
  slump: 'losses',
  slumps: 'losses',
  tumbles: 'losses',
  bearish: 'losses',
  selloff: 'losses',
  outflows: 'losses',
  hack: 'hacked', // -1.7
  hacks: 'hacked',
  breach: 'hacked',
  exploited: 'hacked',
  theft: 'stolen', // -2.2
  illicit: 'illegal', // -2.6
  laundering: 'illegal',
  evasion: 'illegal',
  evading: 'illegal',
  corruption: 'fraud', // -2.8
  sanctions: 'penalty', // -2.0
  fined: 'penalty',
  charges: 'penalty',
  indicted: 'guilty', // -1.8
  sues: 'lawsuit', // -0.9
  bankruptcy: 'bankrupt', // -2.6
  insolvency: 'bankrupt',
  insolvent: 'bankrupt',
  bans: 'ban', // -2.6
  prohibits: 'ban',
  loopholes: 'risky', // -0.8
  halts: 'warns', // -0.4
  probe: 'warns',
  probes: 'warns',
};
