/** A parsed table: column names and rows of equal length. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Parses comma-separated text whose fields hold neither commas nor quotes.
 *
 * @throws Error when a field is quoted, or a row has more or fewer fields than the header
 */
export function parseCsv(text: string): CsvTable {
  if (text.includes('"')) throw new Error('Expected fields without quotes, found a quoted field.');
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/u);
  const columns = header.split(',');
  const rows = lines.map((line, index) => {
    const fields = line.split(',');
    if (fields.length !== columns.length) {
      throw new Error(`Expected ${columns.length} fields in line ${index + 2}, found ${fields.length}.`);
    }
    return fields;
  });
  return { columns, rows };
}

/**
 * Picks columns by name, in the order asked for.
 *
 * @throws Error when a column is missing
 */
export function selectColumns(table: CsvTable, names: readonly string[]): string[][] {
  const positions = names.map((name) => {
    const position = table.columns.indexOf(name);
    if (position < 0) throw new Error(`Expected a column "${name}", found ${table.columns.join(', ')}.`);
    return position;
  });
  return table.rows.map((row) => positions.map((position) => row[position] ?? ''));
}

/** Writes a table as comma-separated text that ends with a line feed. Fields must need no quotes. */
export function formatCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${[columns, ...rows].map((row) => row.join(',')).join('\n')}\n`;
}
