/**
 * Reads CSV after RFC 4180 with a header line: fields in double quotes may hold commas, line ends and doubled
 * quotes.
 *
 * @returns one object a line, by the header's names
 * @throws when a line has another number of fields than the header
 */
export function readCsv(text: string): Record<string, string>[] {
  const [header = [], ...lines] = splitFields(text);
  return lines.map((fields, index) => {
    if (fields.length !== header.length) {
      throw new Error(`Line ${index + 2} has ${fields.length} fields, expected ${header.length}.`);
    }
    return Object.fromEntries(header.map((name, column) => [name, fields[column] ?? '']));
  });
}

/** A field and what ends it: a quoted or a plain one, then a comma, a line end or the end of the text. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function splitFields(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const match = FIELD.exec(text);
    if (match === null) throw new Error(`Line ${lines.length + 1} is not CSV.`);
    const [, quoted, plain = '', end] = match;
    line.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    lines.push(line);
    line = [];
  }
  return lines;
}
