import { CloseTable } from '../../subgraphs/analytics/market/close-table.ts';
import type { MarketData } from '../../subgraphs/analytics/market/market-data.ts';
import { MarketTable } from '../../subgraphs/analytics/market/market-table.ts';
import { TokenFigures } from '../../subgraphs/analytics/market/token-figures.ts';
import { computeUniverse } from '../../subgraphs/analytics/market/universe.ts';
import { runAtOnce } from '../../subgraphs/analytics/run-in-slices.ts';
import type { CloseSeries, MarketRecord, TokenRecord } from '../../subgraphs/shared/market-copy.ts';

/** Makes what analytics knows of the market from closes and latest prices alone. */
export function createMarketData(
  series: Readonly<Record<string, CloseSeries>>,
  latest: readonly MarketRecord[] = [],
): MarketData {
  const closes = new CloseTable(series);
  const sources = {
    tokens: new Map<string, TokenRecord>(),
    closes,
    figures: new TokenFigures(closes),
    latest: new MarketTable({ asOf: '2026-08-08T00:00:00Z', tokens: latest }),
  };
  return {
    ...sources,
    barsOf: () => sources.figures.bars,
    chainNames: new Map(),
    universe: Promise.resolve(runAtOnce(computeUniverse(sources))),
  };
}
