import pc from 'picocolors';

/**
 * Prints rows in aligned columns, with the names of the first row's properties as the head.
 *
 * @param whenEmpty - what is printed when there are no rows
 */
export function printTable(rows: readonly Readonly<Record<string, string>>[], whenEmpty: string): void {
  const [first] = rows;
  if (first === undefined) {
    process.stdout.write(`${whenEmpty}\n`);
    return;
  }
  const names = Object.keys(first);
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => (row[name] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] as number))
      .join('  ')
      .trimEnd();
  const lines = [pc.dim(line(names)), ...rows.map((row) => line(names.map((name) => row[name] ?? '')))];
  process.stdout.write(`${lines.join('\n')}\n`);
}
