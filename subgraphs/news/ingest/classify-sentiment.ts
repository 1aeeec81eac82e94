import vader from 'vader-sentiment';
import { LEXICON_VERSION, NEUTRAL_TERMS, STAND_INS } from './finance-lexicon.ts';
import { oneOfWords } from './word-pattern.ts';

/** What made the scores; goes with every set of them. */
export const CLASSIFIER = `vader-sentiment 1.1.3 + lexicon ${LEXICON_VERSION}`;

export type SentimentLabel = 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE';

/** A tone and how sure it is. */
export interface Sentiment {
  /** -1 (unfavourable) to 1 (favourable). */
  readonly score: number;
  readonly label: SentimentLabel;
  /** 0 to 1. */
  readonly confidence: number;
}

const LABEL_THRESHOLD = 0.2;

const neutralTerm = new RegExp(`\\b(?:${oneOfWords(NEUTRAL_TERMS)})\\b`, 'gi');
const standIn = new RegExp(`\\b(?:${oneOfWords(Object.keys(STAND_INS))})\\b`, 'gi');

/** The text as VADER shall read it; a stand-in keeps upper case, which VADER takes for emphasis. */
function translate(text: string): string {
  return text.replace(neutralTerm, 'item').replace(standIn, (word) => {
    const instead = STAND_INS[word.toLowerCase()] ?? word;
    return word === word.toUpperCase() ? instead.toUpperCase() : instead;
  });
}

/** The label of a score: from 0.2 on favourable, down from -0.2 unfavourable. */
export function labelOf(score: number): SentimentLabel {
  if (score >= LABEL_THRESHOLD) return 'POSITIVE';
  return score <= -LABEL_THRESHOLD ? 'NEGATIVE' : 'NEUTRAL';
}

/**
 * Reads the tone of an English text.
 *
 * score = VADER's compound, Σ ÷ √(Σ² + 15) of the rated words, with our lexicon in front of it
 *
 * confidence = for POSITIVE and NEGATIVE |score| × the label's share of the toned weight of the text; for
 * NEUTRAL the share of its weight that has no tone. One weak word so gives little confidence, and praise that
 * stands beside blame gives less than praise alone.
 *
 * @returns null for a language other than English: the words are rated for English alone
 * @see Hutto, C.J. & Gilbert, E.E. (2014), VADER, Eighth International Conference on Weblogs and Social Media
 */
export function classifySentiment(text: string, language: string): Sentiment | null {
  if (!/^en(?:-|$)/i.test(language)) return null;
  const { compound, pos, neu, neg } = vader.SentimentIntensityAnalyzer.polarity_scores(translate(text));
  const label = labelOf(compound);
  const toned = pos + neg;
  const confidence =
    label === 'NEUTRAL' ? neu : Math.abs(compound) * ((label === 'POSITIVE' ? pos : neg) / toned);
  return { score: compound, label, confidence: roundTo4Digits(confidence) };
}

/** VADER itself rounds to four digits; more would be noise. */
function roundTo4Digits(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
