import pc from 'picocolors';
import { printable } from './printable.ts';
import { wordsOf, wrapText } from './wrap-text.ts';

/** Where nobody says how wide the terminal is: output that goes into a file or another program. */
const WIDTH = 120;
const GAP = '  ';
/** Longer words are broken, so that one long name does not turn a table into blocks. */
const LONGEST_WORD = 40;
/** The least width of what stands beside a label. */
const NARROWEST = 12;

/** The width of the terminal in columns; of output that goes elsewhere what `COLUMNS` says, or 120. */
export function terminalWidth(): number {
  return process.stdout.columns ?? (Number(process.env.COLUMNS) || WIDTH);
}

export interface TableOptions {
  /** The columns that stand at their right edge. */
  readonly numbers?: readonly string[];
  /** The width to fit into; that of the terminal by default. */
  readonly width?: number;
}

/**
 * Prints rows in aligned columns, with the names of the first row's properties as the head. What others have written is
 * made safe for a terminal. A table that is wider than the terminal loses the columns that say nothing of any row, then
 * its widest cells are wrapped; one that still does not fit is printed row by row, a line for each property.
 *
 * @param whenEmpty - what is printed when there are no rows
 */
export function printTable(
  rows: readonly Readonly<Record<string, string>>[],
  whenEmpty: string,
  { numbers = [], width = terminalWidth() }: TableOptions = {},
): void {
  const [first] = rows;
  if (first === undefined) {
    process.stdout.write(`${whenEmpty}\n`);
    return;
  }
  const columns = Object.keys(first).map((name) => ({
    name,
    cells: rows.map((row) => printable(row[name] ?? '').replaceAll('\n', ' ')),
    isNumber: numbers.includes(name),
  }));
  const lines = layOut(columns, width) ?? layOut(columns.filter(saysSomething), width);
  process.stdout.write(`${(lines ?? blocks(columns.filter(saysSomething), width)).join('\n')}\n`);
}

interface Column {
  readonly name: string;
  readonly cells: readonly string[];
  readonly isNumber: boolean;
}

function saysSomething({ cells }: Column): boolean {
  return cells.some((cell) => !['', '-', 'never', 'any'].includes(cell));
}

/** The lines of a table; undefined when wrapping would break words, or dropping columns comes before it. */
function layOut(columns: readonly Column[], width: number): string[] | undefined {
  const lengths = columns.map(({ name, cells }) => [name, ...cells]);
  const natural = lengths.map((cells) => longest(cells));
  const least = lengths.map((cells) => Math.min(LONGEST_WORD, longest(cells.flatMap(wordsOf))));
  const widths = fitWidths(natural, least, width - GAP.length * (columns.length - 1));
  if (widths === undefined) return undefined;
  const isWrapped = widths.some((each, index) => each !== natural[index]);
  if (isWrapped && !columns.every(saysSomething)) return undefined;
  const row = (cells: readonly string[]): string[] => {
    const wrapped = cells.map((cell, index) => wrapText(cell, widths[index] ?? 0));
    const height = Math.max(...wrapped.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      wrapped
        .map((parts, index) => pad(parts[line] ?? '', widths[index] ?? 0, columns[index]?.isNumber))
        .join(GAP)
        .trimEnd(),
    );
  };
  const count = columns[0]?.cells.length ?? 0;
  return [
    ...row(columns.map(({ name }) => name)).map((line) => pc.dim(line)),
    ...Array.from({ length: count }, (_, index) =>
      row(columns.map(({ cells }) => cells[index] ?? '')),
    ).flat(),
  ];
}

function pad(text: string, width: number, isNumber = false): string {
  return isNumber ? text.padStart(width) : text.padEnd(width);
}

/** Takes from the widest columns first what is too much. @returns undefined when words would not fit any more */
function fitWidths(natural: readonly number[], least: readonly number[], sum: number): number[] | undefined {
  for (let most = longestOf(natural); most > 0; most -= 1) {
    const widths = natural.map((width, index) => Math.min(width, Math.max(most, least[index] ?? 0)));
    if (widths.reduce((total, width) => total + width, 0) <= sum) return widths;
  }
  return undefined;
}

function longest(texts: readonly string[]): number {
  return longestOf(texts.map(({ length }) => length));
}

function longestOf(lengths: readonly number[]): number {
  return lengths.reduce((most, length) => Math.max(most, length), 0);
}

function blocks(columns: readonly Column[], width: number): string[] {
  const label = longest(columns.map(({ name }) => name));
  const count = columns[0]?.cells.length ?? 0;
  const block = (index: number): string[] =>
    columns.flatMap(({ name, cells }) =>
      wrapText(cells[index] ?? '', Math.max(NARROWEST, width - label - GAP.length)).map((part, line) =>
        `${line === 0 ? pc.dim(name.padEnd(label)) : ' '.repeat(label)}${GAP}${part}`.trimEnd(),
      ),
    );
  return Array.from({ length: count }, (_, index) => [...(index === 0 ? [] : ['']), ...block(index)]).flat();
}
