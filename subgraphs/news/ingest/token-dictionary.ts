import { AMBIGUOUS_WORDS } from './ambiguous-words.ts';
import { oneOfWords } from './word-pattern.ts';

/** What the dictionary needs to know of a token. */
export interface DictionaryToken {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
}

/** A place in a text that names a token. */
export interface TokenMatch {
  readonly tokenId: string;
  /** Where the name begins, in UTF-16 units. */
  readonly index: number;
  readonly length: number;
}

/** Finds the tokens that a text names. */
export interface TokenDictionary {
  /** All places in their order; a longer name wins over one inside it ("Bitcoin Cash" is not Bitcoin). */
  match(text: string): TokenMatch[];
}

/** Words for an asset other than its name and ticker, where they mean that asset and nothing else. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  bitcoin: ['bitcoins'],
  ethereum: ['ether'],
};

/** Words after a name that say that a token or its network is meant. */
const TRADE_WORDS =
  'tokens?|coins?|protocol|network|blockchain|mainnet|foundation|labs|dao|holders|validators|staking';
/** Shorter tickers are read with a dollar sign only. */
const MIN_TICKER_LENGTH = 3;
/** Shorter names are taken for tickers. */
const MIN_NAME_LENGTH = 3;

/**
 * Makes the dictionary of a registry of tokens:
 *
 * - names and ids (`usd-coin`, `usd coin`) as whole words in any case;
 * - tickers as whole words in upper case, unless the whole text is in upper case, and with a dollar sign
 *   in any case (`$btc`);
 * - words that also mean something else only with a dollar sign or before a word of the trade;
 * - a word that belongs to several tokens belongs to none, unless it is the name of exactly one: nothing is
 *   guessed.
 */
export function createTokenDictionary(tokens: readonly DictionaryToken[]): TokenDictionary {
  const names = uniqueOwners(
    tokens.flatMap((token) => namesOf(token).map((name) => [name, token.id] as const)),
  );
  const tickers = uniqueOwners(tokens.map(({ symbol, id }) => [symbol.toUpperCase(), id] as const));
  for (const ticker of tokens.map(({ symbol }) => symbol.toUpperCase())) {
    const namedSo = names.get(ticker.toLowerCase());
    if (namedSo !== undefined) tickers.set(ticker, namedSo);
  }
  const words = new Set([...names.keys(), ...[...tickers.keys()].map((ticker) => ticker.toLowerCase())]);
  if (words.size === 0) return { match: () => [] };

  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])(\\$?)(${oneOfWords(words)})(?![\\p{L}\\p{N}])(?=(\\s+(?:${TRADE_WORDS})\\b)?)`,
    'giu',
  );

  return {
    match(text) {
      const isShouting = text === text.toUpperCase();
      const matches: TokenMatch[] = [];
      for (const found of text.matchAll(pattern)) {
        const [whole, dollar, word = '', tradeWord] = found;
        const tokenId = ownerOf(word, { names, tickers, isCashtag: dollar === '$', isShouting, tradeWord });
        if (tokenId !== undefined) matches.push({ tokenId, index: found.index, length: whole.length });
      }
      return matches;
    },
  };
}

interface Reading {
  readonly names: ReadonlyMap<string, string>;
  readonly tickers: ReadonlyMap<string, string>;
  readonly isCashtag: boolean;
  readonly isShouting: boolean;
  readonly tradeWord: string | undefined;
}

function ownerOf(word: string, reading: Reading): string | undefined {
  const { names, tickers, isCashtag, isShouting, tradeWord } = reading;
  if (isCashtag) return tickers.get(word.toUpperCase());
  const byName = names.get(word.toLowerCase());
  const isTicker = word.length >= MIN_TICKER_LENGTH && !isShouting && word === word.toUpperCase();
  const byTicker = isTicker ? tickers.get(word) : undefined;
  // A word in upper case is read as a ticker before it is read as a name.
  const owner = byTicker ?? byName;
  const isClear = !AMBIGUOUS_WORDS.has(word.toLowerCase()) || tradeWord !== undefined;
  return isClear ? owner : undefined;
}

function namesOf({ id, name }: DictionaryToken): string[] {
  const plainName = name.replace(/\s*\(.*\)$/, '').toLowerCase();
  const names = new Set([plainName, id, id.replaceAll('-', ' '), ...(OTHER_NAMES[id] ?? [])]);
  return [...names].filter((each) => each.length >= MIN_NAME_LENGTH);
}

/** Keeps the words that belong to one token alone. */
function uniqueOwners(pairs: readonly (readonly [word: string, tokenId: string])[]): Map<string, string> {
  const owners = new Map<string, Set<string>>();
  for (const [word, tokenId] of pairs) {
    const ids = owners.get(word) ?? new Set();
    owners.set(word, ids.add(tokenId));
  }
  return new Map(
    [...owners].filter(([, ids]) => ids.size === 1).map(([word, ids]) => [word, [...ids][0] as string]),
  );
}
