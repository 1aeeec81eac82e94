/** Words that are in nearly every headline, and so say nothing about the story. */
const FUNCTION_WORDS = new Set(
  'a an and are as at by for from has in into is it its of on or over that the their to under with'.split(
    ' ',
  ),
);
/** What an office puts before the headline when it sends it once more. */
const LEADING_LABEL = /^(?:press release|icymi|fw|fwd|new|update|updated|statement)\s*:\s*/i;

/**
 * The words by which headlines are compared: lower case, possessives and plurals alike, without leading
 * labels ("Press Release:") and function words.
 */
export function titleWords(title: string): ReadonlySet<string> {
  const text = title
    .replace(LEADING_LABEL, '')
    .toLowerCase()
    .replace(/[’']s\b/g, '');
  const words = text.match(/[\p{L}\p{N}]+(?:\.[\p{L}\p{N}]+)*/gu) ?? [];
  return new Set(
    words.filter((word) => !FUNCTION_WORDS.has(word)).map((word) => word.replace(/(?<=[a-z]{3})s$/, '')),
  );
}

/**
 * How much two headlines say the same: the Jaccard index of their words, |A ∩ B| ÷ |A ∪ B|.
 *
 * @returns 0 (nothing in common, or one is empty) to 1 (the same words)
 * @see Jaccard, P. (1912), The distribution of the flora in the alpine zone, New Phytologist 11(2)
 */
export function titleSimilarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((word) => b.has(word)).length;
  return common === 0 ? 0 : common / (a.size + b.size - common);
}
