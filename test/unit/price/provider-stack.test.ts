import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseSeries } from '../../../subgraphs/price/history/close-series.ts';
import type { MarketDataProvider } from '../../../subgraphs/price/providers/market-data-provider.ts';
import { type FailureKind, ProviderFailure } from '../../../subgraphs/price/providers/provider-failure.ts';
import { stackProvider } from '../../../subgraphs/price/providers/stack/provider-stack.ts';
import { BREAKER_FAILURES } from '../../../subgraphs/price/providers/stack/with-breaker.ts';
import { withRetry } from '../../../subgraphs/price/providers/stack/with-retry.ts';
import { type Clock, DAY_MS, RECORDING_END_MS } from '../../../subgraphs/shared/clock.ts';

const signal = new AbortController().signal;

/** A provider that fails as it is told, or answers; its closes have one value. */
function createProvider(publishDelayMs = 0) {
  let failures: Error[] = [];
  let calls = 0;
  const answer = async <Value>(value: Value): Promise<Value> => {
    calls += 1;
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return value;
  };
  const provider: MarketDataProvider = {
    name: 'test',
    kind: 'AGGREGATOR',
    capabilities: { maxIdsPerQuote: 2, currencies: ['USD'], quoteTtlMs: 1000, publishDelayMs },
    quotes: () => answer(new Map()),
    statistics: () => answer(new Map()),
    sparklines: () => answer(new Map()),
    closes: () => answer(new CloseSeries(RECORDING_END_MS, DAY_MS, [String(calls + 1)])),
    candles: () => answer(undefined),
  };
  return {
    provider,
    calls: () => calls,
    fail: (kind: FailureKind, times: number, retryAfterMs?: number) => {
      failures = Array.from({ length: times }, () => new ProviderFailure(kind, 'told to', { retryAfterMs }));
    },
  };
}

function createStack(options: { readonly publishDelayMs?: number; readonly callsPerMinute?: number } = {}) {
  const inner = createProvider(options.publishDelayMs);
  let nowMs = RECORDING_END_MS;
  const clock: Clock = { mode: 'shift', offsetMs: 0, now: () => nowMs };
  const stack = stackProvider(inner.provider, {
    clock,
    monotonicMs: () => nowMs,
    callsPerMinute: options.callsPerMinute,
  });
  return {
    ...inner,
    stack,
    closes: async () => (await stack.provider.closes('a', 'ONE_DAY', signal))?.values()[0],
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
  };
}

test('keeps closes until the next ones should be out, and shares equal calls', async () => {
  const { closes, calls, pass } = createStack({ publishDelayMs: 600_000 });
  pass(600_000);
  assert.deepEqual(await Promise.all([closes(), closes()]), ['1', '1']);
  pass(DAY_MS - 1);
  assert.equal(await closes(), '1');
  assert.equal(calls(), 1);
  pass(1);
  assert.equal(await closes(), '2');
});

test('serves the last closes while the provider fails, for a day', async () => {
  const { closes, fail, pass } = createStack();
  await closes();
  fail('REFUSED', 2);
  pass(DAY_MS);
  assert.equal(await closes(), '1');
  pass(1);
  await assert.rejects(closes(), { kind: 'REFUSED' });
  assert.equal(await closes(), '4');
});

test('a caller that gives up leaves the call to the others', async () => {
  const gate = Promise.withResolvers<undefined>();
  const { provider } = createProvider();
  const held = stackProvider(
    { ...provider, candles: () => gate.promise },
    { clock: { mode: 'fixed', offsetMs: 0, now: () => 0 }, monotonicMs: () => 0 },
  );
  const query = { intervalMs: DAY_MS, currency: 'USD', fromMs: 0 };
  const impatient = new AbortController();
  const first = held.provider.candles('a', query, impatient.signal);
  const second = held.provider.candles('a', query, signal);
  impatient.abort();
  await assert.rejects(first, { name: 'AbortError' });
  gate.resolve(undefined);
  assert.equal(await second, undefined);
  assert.equal(held.calls.candles, 1);
});

test('asks once more when the provider was unavailable, and not when it refused', async () => {
  const { provider, fail, calls } = createProvider();
  const retrying = withRetry(provider, { random: () => 0 });
  fail('UNAVAILABLE', 1);
  await retrying.quotes(['a'], 'USD', signal);
  assert.equal(calls(), 2);
  for (const kind of ['REFUSED', 'INVALID_ANSWER', 'NOT_FOUND', 'SUSPENDED', 'RATE_LIMITED'] as const) {
    fail(kind, 1);
    const before = calls();
    await assert.rejects(retrying.quotes(['a'], 'USD', signal), { kind });
    assert.equal(calls(), before + 1, kind);
  }
  fail('RATE_LIMITED', 1, 1);
  await retrying.quotes(['a'], 'USD', signal);
  fail('RATE_LIMITED', 1, 60_000);
  await assert.rejects(retrying.quotes(['a'], 'USD', signal), { kind: 'RATE_LIMITED' });
});

test('suspends a provider that keeps failing, and counts what reached it', async () => {
  const { stack, fail, calls } = createStack();
  const quote = () => stack.provider.quotes(['a'], 'USD', signal);
  fail('RATE_LIMITED', 2 * BREAKER_FAILURES);
  for (let call = 0; call < 2 * BREAKER_FAILURES; call += 1) await assert.rejects(quote());
  assert.equal(stack.status().available, true, '429 speaks for its health');
  fail('INVALID_ANSWER', BREAKER_FAILURES);
  for (let call = 0; call < BREAKER_FAILURES; call += 1) await assert.rejects(quote());
  const before = calls();
  await assert.rejects(quote(), { kind: 'SUSPENDED' });
  assert.equal(calls(), before);
  assert.equal(stack.status().available, false);
  assert.deepEqual(stack.calls.failures, { RATE_LIMITED: 10, INVALID_ANSWER: 5 });
});

test('keeps to the quota, a fifth of it for quotes, and refills it in time', async () => {
  const { stack, calls, pass } = createStack({ callsPerMinute: 10 });
  const closes = (id: string) => stack.provider.closes(id, 'ONE_DAY', signal);
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => closes(`t${index}`)));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 8);
  const quote = () => stack.provider.quotes(['a'], 'USD', signal);
  await quote();
  await quote();
  await assert.rejects(quote(), { kind: 'RATE_LIMITED', retryAfterMs: 6000 });
  assert.equal(calls(), 10);
  pass(6000);
  await quote();
});

test('keeps away from a provider what it does not take', async () => {
  const { stack, calls } = createStack();
  const { provider } = stack;
  await assert.rejects(provider.quotes(['a', 'b', 'c'], 'USD', signal), /at most 2 tokens/);
  await assert.rejects(provider.quotes(['a'], 'XYZ', signal), /one of the currencies USD, found XYZ/);
  for (const id of ['../coins', 'a/b', '', 'A', 'a?b', 'x'.repeat(101)]) {
    await assert.rejects(provider.closes(id, 'ONE_DAY', signal), RangeError, id);
  }
  assert.equal(calls(), 0);
  await provider.statistics(['a', 'b', 'c'], signal);
  assert.equal(calls(), 2);
});
