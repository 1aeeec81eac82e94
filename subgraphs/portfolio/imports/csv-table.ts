import { type Decimal, parseDecimal } from '../../shared/decimal.ts';
import { type EntryDraft, issueAt, type LineIssue, UnreadableFile, UnreadableLine } from './entry-draft.ts';
import type { CsvRecord } from './read-records.ts';

/** A line of a table, by the names of its header. */
export interface TableRow {
  readonly line: number;
  /** The text of the first of these columns that the table has, without space around it; '' when it is empty. */
  text(...names: readonly string[]): string;
}

/** A file with a header line. */
export interface CsvTable {
  readonly rows: readonly TableRow[];
  readonly issues: readonly LineIssue[];
}

/** Exports may begin with lines of prose. */
const MAX_PREAMBLE = 20;

/**
 * Finds the header and reads what follows by its names, which may be written in capitals or not.
 *
 * @param required - columns without which a line is no header
 * @throws UnreadableFile when no line is
 */
export function readTable(records: readonly CsvRecord[], required: readonly string[]): CsvTable {
  const nameOf = (text: string) => text.trim().toLowerCase();
  const start = records.slice(0, MAX_PREAMBLE).findIndex((record) => {
    const names = 'fields' in record ? record.fields.map(nameOf) : [];
    return required.every((name) => names.includes(nameOf(name)));
  });
  const header = records[start];
  if (header === undefined || !('fields' in header)) {
    throw new UnreadableFile(`The file has no header with the columns ${required.join(', ')}.`);
  }
  const columns = new Map(header.fields.map((name, index) => [nameOf(name), index]));
  const width = header.fields.length;
  const rows: TableRow[] = [];
  const issues: LineIssue[] = [];
  for (const record of records.slice(start + 1)) {
    if ('fault' in record) {
      issues.push(issueAt(record.line, record.fault));
    } else if (record.fields.length !== width) {
      issues.push(issueAt(record.line, `The line has ${record.fields.length} fields, the header ${width}.`));
    } else {
      const text = (...names: readonly string[]) => {
        const name = names.find((each) => columns.has(nameOf(each)));
        return name === undefined ? '' : (record.fields[columns.get(nameOf(name)) ?? -1] ?? '').trim();
      };
      rows.push({ line: record.line, text });
    }
  }
  return { rows, issues };
}

/** Reads the rows of a table one by one; a row that cannot be read becomes an issue. */
export function readRows(
  { rows, issues }: CsvTable,
  read: (row: TableRow) => readonly EntryDraft[],
): { drafts: EntryDraft[]; issues: LineIssue[] } {
  const content = { drafts: [] as EntryDraft[], issues: [...issues] };
  for (const row of rows) {
    try {
      content.drafts.push(...read(row));
    } catch (error) {
      if (!(error instanceof UnreadableLine)) throw error;
      content.issues.push(issueAt(row.line, error.message));
    }
  }
  return content;
}

/** Reads an amount of plain digits. @throws UnreadableLine */
export function requireDecimal(name: string, text: string): Decimal {
  const value = parseDecimal(text);
  if (value !== undefined) return value;
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw new UnreadableLine(`${name} expects plain digits such as 0.25, found "${shown}".`);
}

/** Reads an amount of an export, whose currency sign and thousands' commas are left out. @throws UnreadableLine */
export function requireAmount(name: string, text: string): Decimal {
  return requireDecimal(name, text.replace(/[$€£,\s]/g, '').replace(/^\+/, ''));
}

/** The same without the sign, or undefined for an empty field. @throws UnreadableLine */
export function absoluteAmount(name: string, text: string): Decimal | undefined {
  return text === '' ? undefined : requireAmount(name, text).abs();
}

const UTC_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d+)?(?:Z| UTC)?$/;

/** Reads an instant in UTC; digits beyond the millisecond are cut off. @throws UnreadableLine */
export function requireInstant(name: string, text: string): Date {
  const [, day = '', time = '', fraction = ''] = UTC_TIME.exec(text) ?? [];
  const instant = new Date(`${day}T${time}${fraction.slice(0, 4)}Z`);
  // 30 February parses as 1 March: the day must come out as it went in.
  if (!Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(day)) return instant;
  throw new UnreadableLine(
    `${name} expects a time in UTC such as 2026-01-31T08:00:00Z, found "${text.slice(0, 40)}".`,
  );
}

/** Text or null when there is none. */
export function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}
