import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinctDocument } from '../kit/distinct-documents.ts';
import { createTradingWorld } from '../kit/trading-world.ts';

/** The short form of `npm run soak`: what is kept of operations is bounded, whatever is sent. */

const CACHE_BYTES = 1_048_576;
const DOCUMENTS = 200;

test('compiled operations stay within their bytes, and the oldest make room', async () => {
  await using world = await createTradingWorld('', `planning: { cacheBytes: ${CACHE_BYTES} }`);
  const { metrics } = world.gateway;
  const held = async (cache: string) => {
    const [bytes, entries] = await Promise.all([metrics.cacheBytes.get(), metrics.cacheEntries.get()]);
    const of = ({ values }: typeof bytes) => values.find(({ labels }) => labels.cache === cache)?.value ?? 0;
    return { bytes: of(bytes), entries: of(entries) };
  };
  let most = 0;
  for (let number = 0; number < DOCUMENTS; number += 1) {
    const { body } = await world.gateway.query(distinctDocument(number));
    assert.equal(body.errors, undefined);
    most = Math.max(most, (await held('operations')).bytes);
  }
  assert.ok(most <= CACHE_BYTES && most > CACHE_BYTES / 2, `${most} bytes`);
  const operations = await held('operations');
  assert.ok(operations.entries > 0 && operations.entries < DOCUMENTS, `${operations.entries} entries`);
  // Documents are bounded by bytes of their text, which this is far from.
  assert.equal((await held('documents')).entries, DOCUMENTS);
});
