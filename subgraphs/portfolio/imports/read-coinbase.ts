import { createHash } from 'node:crypto';
import { type Decimal, MAX_FRACTION_DIGITS } from '../../shared/decimal.ts';
import type { TransactionType } from '../ledger/entry.ts';
import {
  absoluteAmount,
  readRows,
  readTable,
  requireAmount,
  requireInstant,
  type TableRow,
  textOrNull,
} from './csv-table.ts';
import { type EntryDraft, type FileContent, UnreadableLine } from './entry-draft.ts';
import type { CsvRecord } from './read-records.ts';

/** Coinbase's kinds that are one entry each; what is left out here moves money or stays within the account. */
const TYPES: Readonly<Record<string, TransactionType>> = {
  Buy: 'BUY',
  'Advanced Trade Buy': 'BUY',
  'Advance Trade Buy': 'BUY',
  Sell: 'SELL',
  'Advanced Trade Sell': 'SELL',
  'Advance Trade Sell': 'SELL',
  Receive: 'TRANSFER_IN',
  'Exchange Withdrawal': 'TRANSFER_IN',
  'Pro Withdrawal': 'TRANSFER_IN',
  Send: 'TRANSFER_OUT',
  'Exchange Deposit': 'TRANSFER_OUT',
  'Pro Deposit': 'TRANSFER_OUT',
  'Admin Debit': 'TRANSFER_OUT',
  Donation: 'TRANSFER_OUT',
  'Coinbase Earn': 'REWARD',
  'Learning Reward': 'REWARD',
  'Rewards Income': 'REWARD',
  'Reward Income': 'REWARD',
  'Staking Income': 'REWARD',
  'Inflation Reward': 'REWARD',
  'Interest payout': 'REWARD',
};
/** Deposits and withdrawals of money, and moves inside of Coinbase: the ledger holds neither. */
const IGNORED: ReadonlySet<string> = new Set([
  'Deposit',
  'Withdrawal',
  'Vault Withdrawal',
  'Cash to Savings',
  'Retail Staking Transfer',
  'Retail Unstaking Transfer',
]);
const CONVERTED = /^Converted [\d.,]+ \S+ to ([\d.,]+) (\S+)/;
const TRADED_FOR = /^(?:Bought|Sold) [\d.,]+ \S+ for [$€£]?([\d.,]+) (\w+)/;
const EXTERNAL_ID_LENGTH = 32;

/**
 * Reads Coinbase's transaction history, with or without its column `ID`, and with its older column names. Lines
 * without an id of their own get one from their content, so that the same file read again makes no entry twice.
 *
 * A conversion, and a trade against another token, is a sale of one and a purchase of the other at the value that
 * Coinbase names.
 *
 * @throws UnreadableFile without its header
 */
export function readCoinbase(records: readonly CsvRecord[], baseCurrency: string): FileContent {
  const table = readTable(records, ['Timestamp', 'Transaction Type', 'Asset', 'Quantity Transacted']);
  const seen = new Map<string, number>();
  return readRows(table, (row) => readRow(row, baseCurrency, identify(row, seen)));
}

type Common = Pick<EntryDraft, 'line' | 'executedAt' | 'note'>;

function readRow(row: TableRow, baseCurrency: string, externalId: string): EntryDraft[] {
  const kind = row.text('Transaction Type');
  if (IGNORED.has(kind)) return [];
  const common: Common = {
    line: row.line,
    executedAt: requireInstant('Timestamp', row.text('Timestamp')),
    note: textOrNull([...row.text('Notes')].slice(0, 500).join('')),
  };
  const type = kind === 'Convert' ? 'SELL' : TYPES[kind];
  if (type === undefined) throw new UnreadableLine(`"${kind.slice(0, 40)}" is no kind that is known here.`);
  const quantity = requireAmount('Quantity Transacted', row.text('Quantity Transacted')).abs();
  const draft = { ...common, type, token: { symbol: row.text('Asset') }, quantity, externalId };
  if (type !== 'BUY' && type !== 'SELL') return [{ ...draft, unitPrice: null, fee: null }];
  const { subtotal, total, fee } = readValue(row, baseCurrency, quantity);
  if (kind === 'Convert') {
    const [, amount = '', symbol = ''] = CONVERTED.exec(row.text('Notes')) ?? [];
    if (symbol === '') throw new UnreadableLine('The notes do not say what the conversion gave.');
    return [
      { ...draft, unitPrice: priceOf(total, quantity), fee },
      otherLeg(common, 'BUY', symbol, amount, subtotal, externalId),
    ];
  }
  const trade: EntryDraft = { ...draft, unitPrice: priceOf(subtotal, quantity), fee };
  const [, amount = '', quote = baseCurrency] = TRADED_FOR.exec(row.text('Notes')) ?? [];
  if (quote === baseCurrency) return [trade];
  const opposite = type === 'BUY' ? 'SELL' : 'BUY';
  return [trade, otherLeg(common, opposite, quote, amount, type === 'BUY' ? total : subtotal, externalId)];
}

function readValue(row: TableRow, baseCurrency: string, quantity: Decimal) {
  const currency = row.text('Price Currency', 'Spot Price Currency');
  if (currency !== baseCurrency) {
    throw new UnreadableLine(`Amounts are in ${currency}, the portfolio's currency is ${baseCurrency}.`);
  }
  const price = absoluteAmount('Price', row.text('Price at Transaction', 'Spot Price at Transaction'));
  const fee = absoluteAmount('Fees', row.text('Fees and/or Spread', 'Fees')) ?? null;
  const subtotal = absoluteAmount('Subtotal', row.text('Subtotal')) ?? price?.times(quantity);
  if (subtotal === undefined) throw new UnreadableLine('The line names neither a subtotal nor a price.');
  const named = row.text('Total (inclusive of fees and/or spread)', 'Total (inclusive of fees)');
  return { fee, subtotal, total: absoluteAmount('Total', named) ?? subtotal.plus(fee ?? 0) };
}

function otherLeg(
  common: Common,
  type: 'BUY' | 'SELL',
  symbol: string,
  amount: string,
  value: Decimal,
  externalId: string,
): EntryDraft {
  const quantity = requireAmount('The amount in the notes', amount);
  return {
    ...common,
    type,
    token: { symbol },
    quantity,
    unitPrice: priceOf(value, quantity),
    fee: null,
    externalId: `${externalId}/${symbol}`,
  };
}

/** What one token cost, to the digits of the `Decimal` scalar; a quantity of nothing is refused by its own rule. */
function priceOf(value: Decimal, quantity: Decimal): Decimal {
  return quantity.isZero() ? value : value.div(quantity).toDecimalPlaces(MAX_FRACTION_DIGITS);
}

const CONTENT_COLUMNS = [
  'Timestamp',
  'Transaction Type',
  'Asset',
  'Quantity Transacted',
  'Subtotal',
  'Notes',
];

function identify(row: TableRow, seen: Map<string, number>): string {
  const id = row.text('ID');
  if (id !== '') return id;
  const content = JSON.stringify(CONTENT_COLUMNS.map((name) => row.text(name)));
  const count = (seen.get(content) ?? 0) + 1;
  seen.set(content, count);
  const digest = createHash('sha256').update(`${content} ${count}`).digest('hex');
  return `coinbase-${digest.slice(0, EXTERNAL_ID_LENGTH)}`;
}
