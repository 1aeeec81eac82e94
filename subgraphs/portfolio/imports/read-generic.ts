import type { TransactionType } from '../ledger/entry.ts';
import {
  readRows,
  readTable,
  requireDecimal,
  requireInstant,
  type TableRow,
  textOrNull,
} from './csv-table.ts';
import { type EntryDraft, type FileContent, type TokenName, UnreadableLine } from './entry-draft.ts';
import type { CsvRecord } from './read-records.ts';

const TYPES: ReadonlySet<string> = new Set<TransactionType>([
  'BUY',
  'SELL',
  'TRANSFER_IN',
  'TRANSFER_OUT',
  'REWARD',
  'FEE',
]);

/**
 * Reads the platform's own format.
 *
 * @param baseCurrency - of the portfolio; a column `currency` must agree with it
 * @throws UnreadableFile without its header
 * @see docs/import.md
 */
export function readGeneric(records: readonly CsvRecord[], baseCurrency: string): FileContent {
  const table = readTable(records, ['executedAt', 'type', 'quantity']);
  return readRows(table, (row) => [readRow(row, baseCurrency)]);
}

function readRow(row: TableRow, baseCurrency: string): EntryDraft {
  const type = row.text('type').toUpperCase();
  if (!isType(type)) {
    throw new UnreadableLine(`type expects one of ${[...TYPES].join(', ')}, found "${type.slice(0, 40)}".`);
  }
  const currency = row.text('currency').toUpperCase();
  if (currency !== '' && currency !== baseCurrency) {
    throw new UnreadableLine(`Amounts are in ${currency}, the portfolio's currency is ${baseCurrency}.`);
  }
  const optional = (name: string) => (row.text(name) === '' ? null : requireDecimal(name, row.text(name)));
  return {
    line: row.line,
    type,
    token: tokenOf(row),
    quantity: requireDecimal('quantity', row.text('quantity')),
    unitPrice: optional('unitPrice'),
    fee: optional('fee'),
    executedAt: requireInstant('executedAt', row.text('executedAt')),
    externalId: textOrNull(row.text('externalId')),
    note: textOrNull(row.text('note')),
  };
}

function isType(text: string): text is TransactionType {
  return TYPES.has(text);
}

function tokenOf(row: TableRow): TokenName {
  const tokenId = row.text('tokenId');
  if (tokenId !== '') return { tokenId };
  const symbol = row.text('symbol');
  if (symbol !== '') return { symbol };
  throw new UnreadableLine('The line names no token: tokenId or symbol is needed.');
}
