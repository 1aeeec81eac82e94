import pc from 'picocolors';
import { printable } from './printable.ts';

/**
 * Prints rows in aligned columns, with the names of the first row's properties as the head. What others have written is
 * made safe for a terminal, and kept on one line.
 *
 * @param whenEmpty - what is printed when there are no rows
 * @param numbers - the columns that stand at their right edge
 */
export function printTable(
  rows: readonly Readonly<Record<string, string>>[],
  whenEmpty: string,
  numbers: readonly string[] = [],
): void {
  const [first] = rows;
  if (first === undefined) {
    process.stdout.write(`${whenEmpty}\n`);
    return;
  }
  const names = Object.keys(first);
  const table = rows.map((row) => names.map((name) => printable(row[name] ?? '').replaceAll('\n', ' ')));
  const widths = names.map((name, column) =>
    table.reduce((width, cells) => Math.max(width, (cells[column] as string).length), name.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] as number;
        return numbers.includes(names[column] as string) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const lines = [pc.dim(line(names)), ...table.map(line)];
  process.stdout.write(`${lines.join('\n')}\n`);
}
