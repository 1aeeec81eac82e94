import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryDraft } from '../../../subgraphs/portfolio/imports/entry-draft.ts';
import { readCoinbase } from '../../../subgraphs/portfolio/imports/read-coinbase.ts';
import { readKraken } from '../../../subgraphs/portfolio/imports/read-kraken.ts';
import { countLines, readRecords } from '../../../subgraphs/portfolio/imports/read-records.ts';

const records = (text: string) => readRecords(text, async () => {});

/** What a draft says, in short. */
function brief({ line, type, token, quantity, unitPrice, fee, executedAt }: EntryDraft): string {
  const name = 'symbol' in token ? token.symbol : token.tokenId;
  const price = unitPrice == null ? 'market' : unitPrice.toFixed();
  return `${line} ${type} ${quantity.toFixed()} ${name} at ${price} fee ${fee?.toFixed() ?? '-'} on ${executedAt.toISOString()}`;
}

const COINBASE = `\uFEFF
Transactions
User,Jane Doe,0b7a
ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes
a1,2024-01-02 03:04:05 UTC,Buy,BTC,0.5,USD,"$42,000.00","$21,000.00","$21,100.00",$100.00,"Bought 0.5 BTC for $21,100.00 USD"
a2,2024-01-03 03:04:05 UTC,Advanced Trade Sell,BTC,-0.1,USD,$43000.00,-$4300.00,-$4290.00,$10.00,Sold 0.1 BTC for 4290 USD on BTC-USD at 43000 USD/BTC
a3,2024-01-04 03:04:05 UTC,Convert,BTC,-0.1,USD,$43000.00,$4257.00,$4300.00,$43.00,"Converted 0.1 BTC to 1.5 ETH"
a4,2024-01-05 03:04:05 UTC,Staking Income,ETH,0.001,USD,$2800,$2.80,$2.80,$0.00,
a5,2024-01-06 03:04:05 UTC,Send,ETH,-0.2,USD,$2800,-$560.00,-$560.00,$0.00,Sent 0.2 ETH
a6,2024-01-07 03:04:05 UTC,Deposit,USD,100,USD,$1,$100,$100,$0,
a7,2024-01-08 03:04:05 UTC,Buy,BTC,0.5,EUR,€40000,€20000,€20000,€0,
a8,2024-01-09 03:04:05 UTC,Mystery,BTC,0.5,USD,1,1,1,0,
`;

test("reads Coinbase's history: trades, conversions, rewards, transfers", async () => {
  const { drafts, issues } = readCoinbase(await records(COINBASE), 'USD');
  assert.deepEqual(drafts.map(brief), [
    '5 BUY 0.5 BTC at 42000 fee 100 on 2024-01-02T03:04:05.000Z',
    '6 SELL 0.1 BTC at 43000 fee 10 on 2024-01-03T03:04:05.000Z',
    '7 SELL 0.1 BTC at 43000 fee 43 on 2024-01-04T03:04:05.000Z',
    '7 BUY 1.5 ETH at 2838 fee - on 2024-01-04T03:04:05.000Z',
    '8 REWARD 0.001 ETH at market fee - on 2024-01-05T03:04:05.000Z',
    '9 TRANSFER_OUT 0.2 ETH at market fee - on 2024-01-06T03:04:05.000Z',
  ]);
  assert.deepEqual(
    drafts.map(({ externalId }) => externalId),
    ['a1', 'a2', 'a3', 'a3/ETH', 'a4', 'a5'],
  );
  assert.deepEqual(
    issues.map(({ line, message }) => [line, /EUR|Mystery/.exec(message)?.[0]]),
    [
      [11, 'EUR'],
      [12, 'Mystery'],
    ],
  );
});

test("gives lines of Coinbase's older history ids of their own, the same each time", async () => {
  const old = `Timestamp,Transaction Type,Asset,Quantity Transacted,Spot Price Currency,Spot Price at Transaction,Subtotal,Total (inclusive of fees),Fees,Notes
2021-01-02T03:04:05Z,Receive,BTC,0.5,USD,30000,"","","",Received
2021-01-02T03:04:05Z,Receive,BTC,0.5,USD,30000,"","","",Received
`;
  const ids = readCoinbase(await records(old), 'USD').drafts.map(({ externalId }) => externalId);
  assert.equal(new Set(ids).size, 2, 'two equal lines are two entries');
  const again = readCoinbase(await records(old), 'USD').drafts.map(({ externalId }) => externalId);
  assert.deepEqual(again, ids);
});

test('a trade against another token takes that token out or brings it in', async () => {
  const text = `Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes
2024-01-02 03:04:05 UTC,Advanced Trade Buy,ETH,2,USD,2500,5000,5010,10,Bought 2 ETH for 0.1 BTC on ETH-BTC at 0.05 BTC/ETH
`;
  const { drafts } = readCoinbase(await records(text), 'USD');
  assert.deepEqual(drafts.map(brief), [
    '2 BUY 2 ETH at 2500 fee 10 on 2024-01-02T03:04:05.000Z',
    '2 SELL 0.1 BTC at 50100 fee - on 2024-01-02T03:04:05.000Z',
  ]);
});

const KRAKEN = `"txid","refid","time","type","subtype","aclass","asset","amount","fee","balance"
"","R0","2024-01-01 00:00:00","deposit","","currency","XXBT",1.0,0,""
"L1","R1","2024-01-01 00:00:00","deposit","","currency","ZUSD",1000.0,0,1000
"L2","R2","2024-01-02 00:00:00.1234","trade","","currency","ZUSD",-500.0,1.3,500
"L3","R2","2024-01-02 00:00:00.1234","trade","","currency","XXBT",0.0125,0,0.0125
"L4","R3","2024-01-03 00:00:00","spend","","currency","XXBT",-0.01,0.0001,0
"L5","R3","2024-01-03 00:00:00","receive","","currency","XETH",0.15,0,0
"L6","R4","2024-01-04 00:00:00","staking","","currency","DOT28.S",0.5,0.01,0
"L7","R5","2024-01-05 00:00:00","withdrawal","","currency","XETH",-0.1,0.002,0
"L8","R6","2024-01-06 00:00:00","transfer","spottostaking","currency","XETH",-0.1,0,0
"L9","R7","2024-01-07 00:00:00","earn","reward","currency","ETH2.S",0.001,0,0
"L10","R8","2024-01-08 00:00:00","margin","","currency","XETH",-0.1,0,0
"L11","R9","2024-01-09 00:00:00","trade","","currency","XETH",-0.1,0,0
"L12","R10","2024-01-10 00:00:00","trade","","currency","XXBT",-0.1,0,0
"L13","R10","2024-01-10 00:00:00","trade","","currency","ZEUR",4000,5,0
`;

test("reads Kraken's ledgers: the two sides of a trade together, fees in a token by themselves", async () => {
  const { drafts, issues } = readKraken(await records(KRAKEN), 'USD');
  assert.deepEqual(drafts.map(brief), [
    '5 BUY 0.0125 BTC at 40000 fee 1.3 on 2024-01-02T00:00:00.123Z',
    '6 SELL 0.01 BTC at market fee - on 2024-01-03T00:00:00.000Z',
    '6 FEE 0.0001 BTC at market fee - on 2024-01-03T00:00:00.000Z',
    '7 BUY 0.15 ETH at market fee - on 2024-01-03T00:00:00.000Z',
    '8 REWARD 0.5 DOT at market fee - on 2024-01-04T00:00:00.000Z',
    '8 FEE 0.01 DOT at market fee - on 2024-01-04T00:00:00.000Z',
    '9 TRANSFER_OUT 0.1 ETH at market fee - on 2024-01-05T00:00:00.000Z',
    '9 FEE 0.002 ETH at market fee - on 2024-01-05T00:00:00.000Z',
    '11 REWARD 0.001 ETH at market fee - on 2024-01-07T00:00:00.000Z',
  ]);
  assert.deepEqual(
    issues.map(({ line }) => line),
    [12, 13, 15],
  );
  assert.equal(new Set(drafts.map(({ externalId }) => externalId)).size, drafts.length);
});

test('counts lines with and without a last line end', () => {
  assert.deepEqual(['', 'a', 'a\n', 'a\nb', 'a\n\n'].map(countLines), [0, 1, 1, 2, 2]);
});

test('reads on after a line that is no CSV, and joins lines within quotes', async () => {
  assert.deepEqual(await records('a,b\r\n1,"x\r\ny"\r\n\r\n2,"3\r\n4,5"6"\r\n7,8'), [
    { line: 1, fields: ['a', 'b'] },
    { line: 2, fields: ['1', 'x\ny'] },
    { line: 5, fault: 'The quotes of this line are not those of CSV.' },
    { line: 6, fault: 'The quotes of this line are not those of CSV.' },
    { line: 7, fields: ['7', '8'] },
  ]);
});
