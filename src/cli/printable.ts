/**
 * Makes a text safe for a terminal: what others have written may hold escape sequences that move the cursor, change
 * titles or hide lines. Line breaks stay, everything else of Unicode's control and format characters goes.
 */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '');
}
