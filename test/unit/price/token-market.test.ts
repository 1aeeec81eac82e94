import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type TokenMarketParent,
  tokenMarketResolvers,
} from '../../../subgraphs/price/resolvers/token-market.ts';

/** A market of a price and of other figures that were seen at two instants. */
function marketSeenAt(priceMs: number, statisticsMs: number | undefined): TokenMarketParent {
  const statistics = statisticsMs === undefined ? undefined : { asOfMs: statisticsMs };
  return { row: { statistics }, price: { asOfMs: priceMs } } as unknown as TokenMarketParent;
}

test('is as old as the older one of the price and of the other figures', () => {
  const asOf = (priceMs: number, statisticsMs: number | undefined) =>
    tokenMarketResolvers.asOf(marketSeenAt(priceMs, statisticsMs)).getTime();
  assert.equal(asOf(5, 3), 3, 'a price that went on while statistics are an old copy');
  assert.equal(asOf(3, 5), 3);
  assert.equal(asOf(5, undefined), 5);
});
