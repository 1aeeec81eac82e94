import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';
import { market, readCloses } from '../../kit/read-recordings.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import {
  ADA,
  freshKey,
  GRACE,
  LONG_TERM,
  MAIN,
  startTestPortfolio,
  type TestPortfolio,
  TRADING,
} from '../../kit/test-portfolio.ts';

const ADD = `mutation ($input: AddTransactionInput!) { addTransaction(input: $input) {
  transaction { id type quantity unitPrice { amount currency } fee { amount } executedAt createdAt source externalId note
    deployment { caip19 } token { id symbol name } portfolio { id } }
  holding { id quantity costBasis { amount } lots(first: 100) { openedBy { id } } }
  portfolio { id revision updatedAt holding(tokenId: "bitcoin") { quantity } transactions(first: 1) { nodes { id } totalCount } }
  userErrors { field message code } } }`;

type Input = Record<string, unknown>;

/** A purchase that nothing speaks against, changed by the test. */
const purchase = (changes: Input = {}): Input => ({
  idempotencyKey: freshKey(),
  portfolioId: LONG_TERM,
  type: 'BUY',
  tokenId: 'bitcoin',
  quantity: '0.5',
  unitPrice: '60000.01',
  fee: '12.5',
  executedAt: '2026-08-07T12:00:00Z',
  ...changes,
});

async function add(portfolio: TestPortfolio, input: Input, claims = ADA) {
  const { data, errors } = await portfolio.ask(ADD, { input }, claims);
  assert.deepEqual(errors, []);
  return data.addTransaction;
}

async function readState(portfolio: TestPortfolio, id = LONG_TERM, claims = ADA) {
  const { data } = await portfolio.ask(
    `query ($id: ID!) { portfolio(id: $id) { revision updatedAt transactions { totalCount }
      holding(tokenId: "bitcoin") { quantity costBasis { amount } } } }`,
    { id },
    claims,
  );
  return data.portfolio;
}

test('adds an entry and answers with everything after the change', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await readState(portfolio);
  const payload = await add(portfolio, purchase({ externalId: 'trade-1', note: 'A note.' }));
  assert.deepEqual(payload.userErrors, []);
  const { id, ...transaction } = payload.transaction;
  assert.match(id, /^tx_[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.deepEqual(transaction, {
    type: 'BUY',
    quantity: '0.5',
    unitPrice: { amount: '60000.01', currency: 'USD' },
    fee: { amount: '12.5' },
    executedAt: '2026-08-07T12:00:00Z',
    createdAt: '2026-08-08T00:00:00Z',
    source: 'API',
    externalId: 'trade-1',
    note: 'A note.',
    deployment: null,
    token: { id: 'bitcoin', symbol: 'BTC', name: 'Bitcoin' },
    portfolio: { id: LONG_TERM },
  });
  assert.equal(payload.holding.quantity, new Decimal(before.holding.quantity).plus('0.5').toFixed());
  const grown = new Decimal(payload.holding.costBasis.amount).minus(before.holding.costBasis.amount);
  assert.equal(grown.toDecimalPlaces(20).toFixed(), '30012.505');
  assert.equal(payload.holding.lots.at(-1).openedBy.id, id);
  assert.equal(payload.portfolio.revision, before.revision + 1);
  assert.equal(payload.portfolio.updatedAt, '2026-08-08T00:00:00Z');
  assert.equal(payload.portfolio.holding.quantity, payload.holding.quantity);
  assert.equal(payload.portfolio.transactions.totalCount, before.transactions.totalCount + 1);
});

test('two changes in one operation see each other, nothing from before is served after', async () => {
  await using portfolio = await startTestPortfolio();
  const { revision } = await readState(portfolio);
  const { data } = await portfolio.ask(
    `mutation ($a: AddTransactionInput!, $b: AddTransactionInput!) {
      a: addTransaction(input: $a) { portfolio { revision } holding { quantity } }
      b: addTransaction(input: $b) { portfolio { revision } holding { quantity } } }`,
    { a: purchase(), b: purchase() },
  );
  assert.equal(data.a.portfolio.revision, revision + 1);
  assert.equal(data.b.portfolio.revision, revision + 2);
  assert.equal(new Decimal(data.b.holding.quantity).minus(data.a.holding.quantity).toFixed(), '0.5');
});

test('answers no holding once everything is sold', async () => {
  await using portfolio = await startTestPortfolio();
  const { holding } = await readState(portfolio, TRADING);
  const bought = await add(portfolio, purchase({ portfolioId: TRADING }));
  const payload = await add(
    portfolio,
    purchase({
      portfolioId: TRADING,
      type: 'SELL',
      quantity: bought.holding.quantity,
      executedAt: '2026-08-07T13:00:00Z',
    }),
  );
  assert.deepEqual(payload.userErrors, []);
  assert.equal(payload.holding, null);
  assert.equal(new Decimal(bought.holding.quantity).minus(holding?.quantity ?? 0).toFixed(), '0.5');
});

test('values what was entered without a price by the close of its day', async () => {
  await using portfolio = await startTestPortfolio();
  const closes = new Map((await readCloses(market, 'bitcoin')).map(({ day, close }) => [day, close]));
  const half = (day: string) => new Decimal(closes.get(day) ?? 'NaN').times('0.5').toFixed();
  const enter = async (type: string, executedAt: string) => {
    const payload = await add(portfolio, purchase({ type, executedAt, unitPrice: null, fee: null }));
    assert.deepEqual(payload.userErrors, []);
    assert.equal(payload.transaction.unitPrice, null, 'only prices that were entered are shown');
    return payload;
  };
  const before = await readState(portfolio);
  // The platform's day has not closed: the last close holds.
  const { holding } = await enter('REWARD', '2026-08-08T00:00:00Z');
  const grown = new Decimal(holding.costBasis.amount).minus(before.holding.costBasis.amount);
  assert.equal(grown.toDecimalPlaces(20).toFixed(), half('2026-08-07'));

  await enter('TRANSFER_IN', '2020-01-01T15:00:00Z');
  await enter('TRANSFER_OUT', '2026-08-01T23:59:59.999Z');
  const { data } = await portfolio.ask(
    'query ($id: ID!) { portfolio(id: $id) { ledger { at externalFlow } } }',
    { id: LONG_TERM },
  );
  const flowAt = (instant: string) =>
    data.portfolio.ledger.find(({ at }: { at: string }) => at === instant)?.externalFlow;
  assert.equal(flowAt('2020-01-01T15:00:00Z'), half('2020-01-01'));
  assert.equal(flowAt('2026-08-01T23:59:59.999Z'), `-${half('2026-08-01')}`);
});

interface Refused {
  readonly input: Input;
  readonly field: string[] | null;
  readonly code: string;
}

const refusals: Record<string, Refused> = {
  'no quantity': { input: { quantity: '0' }, field: ['input', 'quantity'], code: 'INVALID' },
  'a quantity below zero': { input: { quantity: '-1' }, field: ['input', 'quantity'], code: 'INVALID' },
  'an amount beyond Decimal': {
    input: { quantity: '9'.repeat(78), unitPrice: '10' },
    field: ['input', 'quantity'],
    code: 'INVALID',
  },
  'a BUY without a price': { input: { unitPrice: null }, field: ['input', 'unitPrice'], code: 'BLANK' },
  'a SELL without a price': {
    input: { type: 'SELL', unitPrice: null },
    field: ['input', 'unitPrice'],
    code: 'BLANK',
  },
  'a price below zero': { input: { unitPrice: '-0.01' }, field: ['input', 'unitPrice'], code: 'INVALID' },
  'a fee below zero': { input: { fee: '-0.01' }, field: ['input', 'fee'], code: 'INVALID' },
  'a time in the future': {
    input: { executedAt: '2026-08-08T00:00:00.001Z' },
    field: ['input', 'executedAt'],
    code: 'INVALID',
  },
  'a time before any token': {
    input: { executedAt: '2009-01-02T23:59:59Z' },
    field: ['input', 'executedAt'],
    code: 'INVALID',
  },
  'a note of 501 characters': { input: { note: 'n'.repeat(501) }, field: ['input', 'note'], code: 'INVALID' },
  'an empty external id': { input: { externalId: '' }, field: ['input', 'externalId'], code: 'INVALID' },
  'a key of 15 characters': {
    input: { idempotencyKey: 'k'.repeat(15) },
    field: ['input', 'idempotencyKey'],
    code: 'INVALID',
  },
  'a key of 65 characters': {
    input: { idempotencyKey: 'k'.repeat(65) },
    field: ['input', 'idempotencyKey'],
    code: 'INVALID',
  },
  'an unknown token': { input: { tokenId: 'no-such-token' }, field: ['input', 'tokenId'], code: 'INVALID' },
  'an unknown portfolio': {
    input: { portfolioId: 'pf_unknown' },
    field: ['input', 'portfolioId'],
    code: 'NOT_FOUND',
  },
  "somebody else's portfolio": {
    input: { portfolioId: MAIN },
    field: ['input', 'portfolioId'],
    code: 'NOT_FOUND',
  },
  'a transfer without a price on a day that no close is known of': {
    input: { type: 'TRANSFER_IN', unitPrice: null, executedAt: '2010-01-01T00:00:00Z' },
    field: ['input', 'unitPrice'],
    code: 'INVALID',
  },
  'a sale of more than is held': {
    input: { type: 'SELL', quantity: '1000000' },
    field: ['input', 'quantity'],
    code: 'INSUFFICIENT_QUANTITY',
  },
  'a sale before the first purchase': {
    input: { type: 'SELL', quantity: '0.0001', executedAt: '2009-01-03T00:00:00Z' },
    field: ['input', 'quantity'],
    code: 'INSUFFICIENT_QUANTITY',
  },
};

test('refuses what a user can mend, names the field, and changes nothing', async (context) => {
  await using portfolio = await startTestPortfolio();
  const before = await readState(portfolio);
  const beforeForeign = await readState(portfolio, MAIN, GRACE);
  for (const [name, { input, field, code }] of Object.entries(refusals)) {
    await context.test(name, async () => {
      const payload = await add(portfolio, purchase(input));
      assert.deepEqual(
        payload.userErrors.map((error: { field: string[]; code: string }) => [error.field, error.code]),
        [[field, code]],
      );
      assert.deepEqual([payload.transaction, payload.holding, payload.portfolio], [null, null, null]);
    });
  }
  assert.deepEqual(await readState(portfolio), before);
  assert.deepEqual(await readState(portfolio, MAIN, GRACE), beforeForeign);
});

test('answers a foreign portfolio as it does an unknown one', async () => {
  await using portfolio = await startTestPortfolio();
  const foreign = await add(portfolio, purchase({ portfolioId: MAIN }));
  const unknown = await add(portfolio, purchase({ portfolioId: 'pf_unknown' }));
  assert.deepEqual(foreign, unknown);
});

test('names every field at fault at once', async () => {
  await using portfolio = await startTestPortfolio();
  const { userErrors } = await add(portfolio, purchase({ quantity: '0', fee: '-1', note: 'n'.repeat(501) }));
  assert.deepEqual(
    userErrors.map(({ field }: { field: string[] }) => field[1]),
    ['quantity', 'fee', 'note'],
  );
});

test('takes an external id once in a portfolio', async () => {
  await using portfolio = await startTestPortfolio();
  await add(portfolio, purchase({ externalId: 'trade-7' }));
  const again = await add(portfolio, purchase({ externalId: 'trade-7' }));
  assert.deepEqual([again.userErrors[0].code, again.userErrors[0].field], ['TAKEN', ['input', 'externalId']]);
  const elsewhere = await add(portfolio, purchase({ externalId: 'trade-7', portfolioId: TRADING }));
  assert.deepEqual(elsewhere.userErrors, []);
});

test('refuses an entry that leaves too little for a later sale', async () => {
  await using portfolio = await startTestPortfolio();
  const { holding } = await readState(portfolio);
  const sale = { type: 'SELL', quantity: holding.quantity, executedAt: '2026-08-07T12:00:00Z' };
  assert.deepEqual((await add(portfolio, purchase(sale))).userErrors, []);
  const earlier = await add(
    portfolio,
    purchase({ type: 'TRANSFER_OUT', quantity: '0.000001', executedAt: '2026-08-07T11:00:00Z' }),
  );
  assert.equal(earlier.userErrors[0].code, 'INSUFFICIENT_QUANTITY');
});

test('refuses what is no exact number, and what is no instant', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await readState(portfolio);
  const numbers = [0.5, '1e3', '1e999999', 'NaN', 'Infinity', '0x10', '', '1'.repeat(79), '9'.repeat(80)];
  const instants = ['2026-02-30T00:00:00Z', '2026-08-07', '2026-08-07T10:00:00', '1e999999', 'NaN', '', 0];
  for (const input of [
    ...[...numbers, `0.${'1'.repeat(37)}`].flatMap((value) => [
      { quantity: value },
      { unitPrice: value },
      { fee: value },
    ]),
    ...instants.map((executedAt) => ({ executedAt })),
  ]) {
    const { data, errors } = await portfolio.ask(ADD, { input: purchase(input) });
    assert.equal(data, undefined);
    assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT', JSON.stringify(input));
  }
  assert.deepEqual(await readState(portfolio), before);
});

test('gives the first answer again for the same key and input, written in another way or not', async () => {
  await using portfolio = await startTestPortfolio();
  const input = purchase({ externalId: 'trade-9' });
  const first = await add(portfolio, input);
  const again = await add(portfolio, { ...input, quantity: '0.50', note: null });
  assert.deepEqual(again, first);
});

test('refuses a key that was used with other input', async () => {
  await using portfolio = await startTestPortfolio();
  const input = purchase();
  await add(portfolio, input);
  const state = await readState(portfolio);
  const other = await add(portfolio, { ...input, quantity: '0.6' });
  assert.deepEqual(
    [other.userErrors[0].code, other.userErrors[0].field],
    ['IDEMPOTENCY_KEY_REUSED', ['input', 'idempotencyKey']],
  );
  assert.deepEqual(await readState(portfolio), state);
});

test('keeps the keys of two users apart', async () => {
  await using portfolio = await startTestPortfolio();
  const input = purchase();
  const ada = await add(portfolio, input);
  const grace = await add(portfolio, { ...input, portfolioId: MAIN }, GRACE);
  assert.deepEqual(grace.userErrors, []);
  assert.notEqual(grace.transaction.id, ada.transaction.id);
});

test('a refused change leaves its key free', async () => {
  await using portfolio = await startTestPortfolio();
  const input = purchase({ type: 'SELL', quantity: '1000000' });
  await add(portfolio, input);
  const mended = await add(portfolio, { ...input, quantity: '0.0001' });
  assert.deepEqual(mended.userErrors, []);
});

test('fifty repetitions at the same moment make one entry', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await readState(portfolio);
  const input = purchase();
  const payloads = await Promise.all(Array.from({ length: 50 }, () => add(portfolio, input)));
  assert.equal(new Set(payloads.map(({ transaction }) => transaction.id)).size, 1);
  const after = await readState(portfolio);
  assert.equal(after.revision, before.revision + 1);
  assert.equal(after.transactions.totalCount, before.transactions.totalCount + 1);
});

test('fifty sales at the same moment sell no more than is held', async () => {
  await using portfolio = await startTestPortfolio();
  const before = await readState(portfolio);
  const quantity = new Decimal(before.holding.quantity)
    .div(10)
    .toDecimalPlaces(18, Decimal.ROUND_DOWN)
    .toFixed();
  const payloads = await Promise.all(
    Array.from({ length: 50 }, () => add(portfolio, purchase({ type: 'SELL', quantity }))),
  );
  const codes = payloads.map(({ userErrors }) => userErrors[0]?.code ?? 'DONE');
  assert.equal(codes.filter((code) => code === 'DONE').length, 10);
  assert.equal(codes.filter((code) => code === 'INSUFFICIENT_QUANTITY').length, 40);
  assert.equal((await readState(portfolio)).revision, before.revision + 10);
});

test('knows a key after a restart', async () => {
  using folder = createTemporaryFolder();
  const input = purchase();
  await using first = await startTestPortfolio({ stateDir: folder.path });
  const made = await add(first, input);
  const state = await readState(first);
  await first.stop();
  await using second = await startTestPortfolio({ stateDir: folder.path });
  assert.deepEqual(await add(second, input), made);
  assert.deepEqual(await readState(second), state);
});

test('asks for the scope to write', async () => {
  await using portfolio = await startTestPortfolio();
  const { data, errors } = await portfolio.ask(
    ADD,
    { input: purchase() },
    { ...ADA, scopes: ['portfolio:read'] },
  );
  assert.equal(data, null);
  assert.equal(errors[0]?.extensions?.code, 'FORBIDDEN');
});
