import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarketDataProvider, Quote } from '../../../subgraphs/price/providers/market-data-provider.ts';
import {
  QuoteBook,
  QuoteUnavailable,
  STALE_IF_ERROR_MS,
} from '../../../subgraphs/price/quotes/quote-book.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';

const QUOTE_TTL_MS = 10_000;

function quoteOf(amount: string): Quote {
  return {
    amount: new Decimal(amount),
    hourAgo: null,
    dayAgo: null,
    weekAgo: null,
    asOfMs: 0,
    intervalMs: 3_600_000,
    source: 'test',
    sourceKind: 'RECORDED',
  };
}

/** A provider that knows every token but `unknown`, keeps the ids of each call, and answers when the test says so. */
function createHeldProvider(maxIdsPerQuote = 250) {
  const calls: string[][] = [];
  let respond: 'answer' | 'fail' | Promise<void> = 'answer';
  const provider: MarketDataProvider = {
    name: 'held',
    kind: 'RECORDED',
    capabilities: { maxIdsPerQuote, currencies: ['USD'], quoteTtlMs: QUOTE_TTL_MS, publishDelayMs: 0 },
    async quotes(ids) {
      calls.push([...ids]);
      const mode = respond;
      if (mode === 'fail') throw new Error('provider is down');
      if (mode !== 'answer') await mode;
      return new Map(ids.filter((id) => id !== 'unknown').map((id) => [id, quoteOf(String(calls.length))]));
    },
    statistics: async () => new Map(),
    sparklines: async () => new Map(),
    closes: async () => undefined,
    candles: async () => undefined,
  };
  return {
    provider,
    calls,
    fail: () => {
      respond = 'fail';
    },
    recover: () => {
      respond = 'answer';
    },
    holdUntil: (gate: Promise<void>) => {
      respond = gate;
    },
  };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('asks once for ids that are wanted at the same moment', async () => {
  const { provider, calls } = createHeldProvider();
  const book = new QuoteBook({ provider, fillIds: [] });
  const answers = await Promise.all([
    book.quotes(['a', 'b']),
    book.quotes(['b', 'c']),
    book.quotes(['a', 'a']),
  ]);
  assert.deepEqual(calls, [['a', 'b', 'c']]);
  assert.deepEqual([...(answers[1]?.keys() ?? [])], ['b', 'c']);
});

test('joins a call under way instead of asking again', async () => {
  const { provider, calls, holdUntil } = createHeldProvider();
  const gate = Promise.withResolvers<void>();
  holdUntil(gate.promise);
  const book = new QuoteBook({ provider, fillIds: [] });
  const first = book.quotes(['a']);
  await nextTurn();
  await nextTurn();
  assert.equal(calls.length, 1);
  const second = book.quotes(['a', 'b']);
  await nextTurn();
  await nextTurn();
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(calls, [['a'], ['b']]);
});

test('makes one call of requests with other ids that come while it is under way or later', async () => {
  const { provider, calls, holdUntil } = createHeldProvider();
  const gate = Promise.withResolvers<void>();
  holdUntil(gate.promise);
  const book = new QuoteBook({ provider, fillIds: ['a', 'b', 'c', 'd'] });
  const first = book.quotes(['c']);
  await nextTurn();
  await nextTurn();
  const second = book.quotes(['a', 'd']);
  gate.resolve();
  await Promise.all([first, second]);
  await book.quotes(['b']);
  assert.deepEqual(calls, [['c', 'a', 'b', 'd']]);
});

test('asks again when a quote has grown old, and not before', async () => {
  const { provider, calls } = createHeldProvider();
  let nowMs = 0;
  const book = new QuoteBook({ provider, fillIds: [], monotonicMs: () => nowMs });
  await book.quotes(['a']);
  nowMs = QUOTE_TTL_MS - 1;
  await book.quotes(['a']);
  assert.equal(calls.length, 1);
  nowMs = QUOTE_TTL_MS;
  await book.quotes(['a']);
  assert.equal(calls.length, 2);
});

test('cuts a call at the limit of the provider', async () => {
  const { provider, calls } = createHeldProvider(2);
  const book = new QuoteBook({ provider, fillIds: ['x', 'y'] });
  await book.quotes(['a', 'b', 'c']);
  assert.deepEqual(calls, [
    ['a', 'b'],
    ['c', 'x'],
  ]);
});

test('answers null for a token that the provider does not know, and remembers it', async () => {
  const { provider, calls } = createHeldProvider();
  const book = new QuoteBook({ provider, fillIds: [] });
  assert.equal((await book.quotes(['unknown'])).get('unknown'), null);
  assert.equal((await book.quotes(['unknown'])).get('unknown'), null);
  assert.equal(calls.length, 1);
});

test('serves the last known quote while the provider fails, for a day', async () => {
  const { provider, calls, fail, recover } = createHeldProvider();
  let nowMs = 0;
  const book = new QuoteBook({ provider, fillIds: [], monotonicMs: () => nowMs });
  const read = async () => (await book.quotes(['a'])).get('a');
  await read();
  fail();
  nowMs = QUOTE_TTL_MS;
  const stale = await read();
  assert.ok(stale && !(stale instanceof Error));
  assert.equal(stale.isLastKnown, true);
  assert.equal(stale.amount.toFixed(), '1');
  nowMs += QUOTE_TTL_MS - 1;
  await read();
  assert.equal(calls.length, 2, 'the provider is left alone for a while');

  nowMs = STALE_IF_ERROR_MS + 1;
  assert.ok((await read()) instanceof QuoteUnavailable);
  recover();
  const fresh = await read();
  assert.ok(fresh && !(fresh instanceof Error));
  assert.equal(fresh.isLastKnown, false);
});

test('a failure fails only the ids without a last known quote', async () => {
  const { provider, fail } = createHeldProvider();
  let nowMs = 0;
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  const book = new QuoteBook({ provider, fillIds: [], monotonicMs: () => nowMs, onFailure });
  await book.quotes(['a']);
  fail();
  nowMs = QUOTE_TTL_MS;
  const quotes = await book.quotes(['a', 'b']);
  assert.ok(!(quotes.get('a') instanceof Error));
  const failure = quotes.get('b');
  assert.ok(failure instanceof QuoteUnavailable);
  assert.match(String((failure.cause as Error).message), /provider is down/);
  assert.deepEqual(failures, [failure.cause]);
});

test('changes its version only when it has asked', async () => {
  const { provider } = createHeldProvider();
  const book = new QuoteBook({ provider, fillIds: [] });
  await book.quotes(['a']);
  const { version } = book;
  await book.quotes(['a']);
  assert.equal(book.version, version);
  await book.quotes(['b']);
  assert.notEqual(book.version, version);
});
