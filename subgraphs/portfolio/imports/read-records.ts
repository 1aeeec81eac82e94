import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse/sync';

/** A record of a file, or why a line is none. */
export type CsvRecord =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly fault: string };

/** A quoted field may hold line ends; one that is longer than this was not closed. */
const MAX_LINES_OF_RECORD = 20;
/** Records that are read before other work gets its turn. */
const RECORDS_PER_TURN = 500;

/** How many lines a text has; what follows the last line end counts when it is not empty. */
export function countLines(text: string): number {
  let count = text === '' || text.endsWith('\n') ? 0 : 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/**
 * Reads CSV after RFC 4180, record by record: a broken one is named, and the next line is read as if nothing had
 * happened. Empty lines are left out; a byte order mark is, too.
 *
 * @param onProgress - told the number of lines read so far, now and then
 */
export async function readRecords(
  text: string,
  onProgress: (lines: number) => Promise<void>,
): Promise<CsvRecord[]> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const records: CsvRecord[] = [];
  for (let index = 0; index < lines.length; ) {
    const span = spanOfRecord(lines, index);
    if (span > 1 || lines[index]?.trim() !== '') {
      records.push(readRecord(lines.slice(index, index + span).join('\n'), index + 1));
      if (records.length % RECORDS_PER_TURN === 0) {
        await onProgress(index + span);
        await nextTurn();
      }
    }
    index += span;
  }
  return records;
}

/** How many lines the record at a line takes: a field whose quotes are not closed goes on in the next line. */
function spanOfRecord(lines: readonly string[], start: number): number {
  let quotes = 0;
  for (let span = 1; span <= MAX_LINES_OF_RECORD && start + span <= lines.length; span += 1) {
    quotes += (lines[start + span - 1] ?? '').split('"').length - 1;
    if (quotes % 2 === 0) return span;
  }
  return 1;
}

function readRecord(text: string, line: number): CsvRecord {
  // Most lines quote nothing, and then a comma is a comma.
  if (!text.includes('"')) return { line, fields: text.split(',') };
  try {
    const [fields] = parse(text, { relax_column_count: true, record_delimiter: ['\u0000'] }) as string[][];
    return { line, fields: fields ?? [] };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { line, fault: 'The quotes of this line are not those of CSV.' };
  }
}
