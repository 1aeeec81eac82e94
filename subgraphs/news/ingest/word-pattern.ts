/** One of several words or phrases as the source of a regular expression; the longest that fits wins. */
export function oneOfWords(words: Iterable<string>): string {
  return [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('|');
}
