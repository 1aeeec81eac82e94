import type { NormalisedItem } from './normalise-item.ts';
import {
  NAMES_WITHOUT_TOPIC,
  type NewsTopic,
  TOPIC_KEYWORDS,
  TOPIC_RULES_VERSION,
} from './topic-keywords.ts';
import { oneOfWords } from './word-pattern.ts';

/** What found the topics. */
export const TOPIC_RULES = `keywords ${TOPIC_RULES_VERSION}`;

/** A headline says what an article is about; its summary may touch on much else. */
const TITLE_WEIGHT = 2;
/** What a topic needs: one word in the headline, or two different ones in the summary. */
const MIN_WEIGHT = 2;

const nameWithoutTopic = new RegExp(`\\b(?:${oneOfWords(Object.keys(NAMES_WITHOUT_TOPIC))})\\b`, 'gi');
/** The title of a law ("GENIUS Act"); the verb follows a word in lower case. */
const LAW_TITLE = /\b\p{Lu}[\p{L}]*\s+Act\b/gu;

const rules = (Object.keys(TOPIC_KEYWORDS) as NewsTopic[]).map((topic) => ({
  topic,
  pattern: new RegExp(`\\b(?:${oneOfWords(TOPIC_KEYWORDS[topic])})(?:s|es)?\\b`, 'giu'),
}));

function termsOf(topic: NewsTopic, pattern: RegExp, text: string): ReadonlySet<string> {
  const found = text.match(pattern) ?? [];
  const laws = topic === 'REGULATION' ? (text.match(LAW_TITLE) ?? []) : [];
  return new Set([...found, ...laws].map((term) => term.toLowerCase()));
}

/**
 * Finds what an item is about, by keywords alone: the topic with most words first, else in the order of the
 * schema.
 *
 * weight = 2 × different words of the topic in the headline + different words of it in the summary; a topic
 * counts from 2 on
 *
 * @returns empty for a language other than English, and when no rule fits: nothing is guessed
 */
export function classifyTopics({
  title,
  summary,
  language,
}: Pick<NormalisedItem, 'title' | 'summary' | 'language'>): NewsTopic[] {
  if (!/^en(?:-|$)/i.test(language)) return [];
  const [headline, text] = [title, summary ?? ''].map((each) =>
    each.replace(nameWithoutTopic, (name) => NAMES_WITHOUT_TOPIC[name.toLowerCase()] ?? name),
  ) as [string, string];
  return rules
    .map(({ topic, pattern }) => ({
      topic,
      weight: TITLE_WEIGHT * termsOf(topic, pattern, headline).size + termsOf(topic, pattern, text).size,
    }))
    .filter(({ weight }) => weight >= MIN_WEIGHT)
    .sort((a, b) => b.weight - a.weight)
    .map(({ topic }) => topic);
}
