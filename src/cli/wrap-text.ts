/**
 * Breaks a text into lines, after spaces and commas where there are some, else where the line is full.
 *
 * @param width - the most characters of a line
 * @returns at least one line
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const head = rest.slice(0, width + 1);
    const space = head.lastIndexOf(' ');
    const comma = head.lastIndexOf(',', width - 1) + 1;
    const end = Math.max(space, comma) > 0 ? Math.max(space, comma) : width;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  lines.push(rest);
  return lines;
}

/** What is not broken unless it has to be. */
export function wordsOf(text: string): string[] {
  return text.split(/(?<=,)| /);
}
