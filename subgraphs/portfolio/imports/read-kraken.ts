import { type Decimal, MAX_FRACTION_DIGITS } from '../../shared/decimal.ts';
import type { TransactionType } from '../ledger/entry.ts';
import { readRows, readTable, requireDecimal, requireInstant, type TableRow } from './csv-table.ts';
import { type EntryDraft, type FileContent, UnreadableLine } from './entry-draft.ts';
import type { CsvRecord } from './read-records.ts';

/** Kraken's own codes of the assets that have a ticker elsewhere. */
const TICKERS: Readonly<Record<string, string>> = {
  XBT: 'BTC',
  XXBT: 'BTC',
  XDG: 'DOGE',
  XXDG: 'DOGE',
  XETH: 'ETH',
  ETH2: 'ETH',
  XETC: 'ETC',
  XLTC: 'LTC',
  XMLN: 'MLN',
  XREP: 'REP',
  XXLM: 'XLM',
  XXMR: 'XMR',
  XXRP: 'XRP',
  XZEC: 'ZEC',
};
const MONEY: ReadonlySet<string> = new Set(['USD', 'EUR', 'GBP', 'CAD', 'JPY', 'AUD', 'CHF', 'AED']);
const TRADES: ReadonlySet<string> = new Set(['trade', 'spend', 'receive']);
const REWARDS: ReadonlySet<string> = new Set(['staking', 'dividend', 'reward', 'invite bonus', 'airdrop']);
/** Moves between Kraken's own wallets. */
const INTERNAL: ReadonlySet<string> = new Set([
  'spottostaking',
  'stakingfromspot',
  'stakingtospot',
  'spotfromstaking',
  'spottofutures',
  'spotfromfutures',
  'allocation',
  'deallocation',
  'autoallocation',
  'autoallocate',
  'migration',
]);

interface Movement {
  readonly row: TableRow;
  readonly asset: string;
  readonly isMoney: boolean;
  readonly amount: Decimal;
  readonly fee: Decimal;
  readonly executedAt: Date;
}

/**
 * Reads Kraken's ledgers. The lines of one trade belong together by `refid`: against the portfolio's currency they
 * make a purchase or a sale; of two tokens, a sale and a purchase at the market price of that time, since Kraken
 * names none. Fees in a token are entries of their own. Money that comes and goes is left out: the ledger holds no
 * cash. Lines without `txid` are announcements that another line repeats.
 *
 * @throws UnreadableFile without its header
 * @see https://support.kraken.com (How to interpret ledger history fields)
 */
export function readKraken(records: readonly CsvRecord[], baseCurrency: string): FileContent {
  const table = readTable(records, ['txid', 'refid', 'time', 'type', 'asset', 'amount', 'fee']);
  const trades = Map.groupBy(
    table.rows.filter((row) => TRADES.has(row.text('type')) && row.text('txid') !== ''),
    (row) => row.text('refid'),
  );
  return readRows(table, (row) => {
    if (row.text('txid') === '') return [];
    if (!TRADES.has(row.text('type'))) return readSingle(row);
    const rows = trades.get(row.text('refid')) ?? [];
    // A trade is read with its last line, when all of its lines are known to be readable.
    return row === rows.at(-1) ? readTrade(rows.map(readMovement), baseCurrency) : [];
  });
}

function readMovement(row: TableRow): Movement {
  const code = row
    .text('asset')
    .toUpperCase()
    .replace(/\d*\.(?:S|M|F|B|P|T|HOLD)$/, '');
  const asset = TICKERS[code] ?? (/^Z[A-Z]{3}$/.test(code) ? code.slice(1) : code);
  return {
    row,
    asset,
    isMoney: MONEY.has(asset),
    amount: requireDecimal('amount', row.text('amount')),
    fee: row.text('fee') === '' ? requireDecimal('fee', '0') : requireDecimal('fee', row.text('fee')),
    executedAt: requireInstant('time', row.text('time')),
  };
}

function readSingle(row: TableRow): EntryDraft[] {
  const [type, subtype] = [row.text('type'), row.text('subtype')];
  const isEarn = type === 'earn' || type === 'transfer';
  if (isEarn && INTERNAL.has(subtype)) return [];
  const movement = readMovement(row);
  if (movement.isMoney) return [];
  const isIn = !movement.amount.isNegative();
  if (type === 'deposit' || type === 'withdrawal') {
    return withFee(movement, isIn ? 'TRANSFER_IN' : 'TRANSFER_OUT');
  }
  if (REWARDS.has(type) || (isEarn && (subtype === '' || REWARDS.has(subtype)))) {
    return withFee(movement, isIn ? 'REWARD' : 'TRANSFER_OUT');
  }
  throw new UnreadableLine(`"${`${type} ${subtype}`.trim().slice(0, 40)}" is no kind that is known here.`);
}

function readTrade(movements: readonly Movement[], baseCurrency: string): EntryDraft[] {
  const legs = movements.filter(({ amount }) => !amount.isZero());
  const [one, other] = legs;
  if (one === undefined || other === undefined || legs.length > 2) {
    throw new UnreadableLine(
      `A trade has two sides; the lines with this refid have ${legs.length}, found in one file.`,
    );
  }
  if (one.amount.isNegative() === other.amount.isNegative()) {
    throw new UnreadableLine('A trade takes one side and gives the other; both lines have the same sign.');
  }
  if (one.isMoney && other.isMoney) return [];
  const money = [one, other].find(({ isMoney }) => isMoney);
  if (money !== undefined && money.asset !== baseCurrency) {
    throw new UnreadableLine(`The trade is in ${money.asset}, the portfolio's currency is ${baseCurrency}.`);
  }
  return [one, other]
    .filter(({ isMoney }) => !isMoney)
    .flatMap((leg) => withFee(leg, leg.amount.isNegative() ? 'SELL' : 'BUY', money));
}

/** The entry of a movement, and one for a fee that was paid in the token. */
function withFee(movement: Movement, type: TransactionType, money?: Movement): EntryDraft[] {
  const { row, asset, amount, fee, executedAt } = movement;
  const txid = row.text('txid');
  const quantity = amount.abs();
  const common = { line: row.line, token: { symbol: asset }, executedAt, note: null };
  const entry: EntryDraft = {
    ...common,
    type,
    quantity,
    unitPrice: money?.amount.abs().div(quantity).toDecimalPlaces(MAX_FRACTION_DIGITS) ?? null,
    fee: money?.fee.gt(0) ? money.fee : null,
    externalId: txid,
    isValuedAtMarket: money === undefined,
  };
  if (!fee.gt(0)) return [entry];
  const paid: EntryDraft = {
    ...common,
    type: 'FEE',
    quantity: fee,
    unitPrice: null,
    fee: null,
    externalId: `${txid}/fee`,
  };
  return [entry, paid];
}
