import { classifySentiment, type Sentiment } from './classify-sentiment.ts';
import type { NormalisedItem } from './normalise-item.ts';
import type { TokenDictionary, TokenMatch } from './token-dictionary.ts';

/** A token in an item. */
export interface Mention {
  readonly tokenId: string;
  /** 0 to 1. */
  readonly relevance: number;
  /** The tone of the clauses that name the token. */
  readonly sentiment: Sentiment | null;
}

/** A headline says what an article is about; its summary names what comes up in passing. */
const TITLE_WEIGHT = 3;
/** The most that a token can reach which the headline does not name. */
const SUMMARY_RELEVANCE = 0.5;

/** A clause ends where another subject may begin. */
const CLAUSE_BOUNDARY = /[;:!?]\s+|\.\s+(?=\p{Lu})|,\s+|\s+[–—]\s+|\s+(?:while|but|as|after)\s+/giu;

/**
 * Finds the tokens that an item names, most relevant first.
 *
 * relevance = the token's share of all places that name tokens, a place in the headline counting three times
 * one in the summary; at most a half for a token that only the summary names
 */
export function matchTokens(item: NormalisedItem, dictionary: TokenDictionary): Mention[] {
  const summary = item.summary ?? '';
  const inTitle = dictionary.match(item.title);
  const inSummary = dictionary.match(summary);
  const titleCounts = countByToken(inTitle);
  const summaryCounts = countByToken(inSummary);
  const totalWeight = inTitle.length * TITLE_WEIGHT + inSummary.length;

  const mentions = [...new Set([...titleCounts.keys(), ...summaryCounts.keys()])].map((tokenId): Mention => {
    const titleCount = titleCounts.get(tokenId) ?? 0;
    const share = (titleCount * TITLE_WEIGHT + (summaryCounts.get(tokenId) ?? 0)) / totalWeight;
    const isOf = (match: TokenMatch) => match.tokenId === tokenId;
    const clauses = [
      ...clausesOf(item.title, inTitle.filter(isOf)),
      ...clausesOf(summary, inSummary.filter(isOf)),
    ];
    return {
      tokenId,
      relevance: titleCount > 0 ? share : share * SUMMARY_RELEVANCE,
      sentiment: classifySentiment(clauses.join('. '), item.language),
    };
  });
  return mentions.sort((a, b) => b.relevance - a.relevance || (a.tokenId < b.tokenId ? -1 : 1));
}

function countByToken(matches: readonly TokenMatch[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { tokenId } of matches) counts.set(tokenId, (counts.get(tokenId) ?? 0) + 1);
  return counts;
}

/** The clauses of a text in which the matches stand, each once. */
function clausesOf(text: string, matches: readonly TokenMatch[]): string[] {
  const boundaries = [...text.matchAll(CLAUSE_BOUNDARY)];
  const clauses = matches.map(({ index }) => {
    const before = boundaries.findLast((boundary) => boundary.index < index);
    const after = boundaries.find((boundary) => boundary.index > index);
    return text.slice(before === undefined ? 0 : before.index + before[0].length, after?.index);
  });
  return [...new Set(clauses)];
}
