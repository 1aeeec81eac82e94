/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

/**
 * Writes one line of CSV by RFC 4180, its line break included. A text that a spreadsheet would run as a formula has an
 * apostrophe in front, which spreadsheets hide.
 *
 * @param cells - numbers are written as they are; null is an empty cell
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(writeCell).join(',')}\r\n`;
}

function writeCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
