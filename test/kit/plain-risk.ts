import * as oracle from 'simple-statistics';

/** Risk statistics of daily closes computed in another way: by a library, and by their definitions. */
export function plainRisk(closes: readonly number[], benchmark: readonly number[], riskFreeRate: number) {
  const simple = returnsOf(closes);
  const logs = closes.slice(1).map((price, index) => Math.log(price) - Math.log(closes[index] as number));
  const daily = Math.exp(Math.log(1 + riskFreeRate) / 365) - 1;
  const excess = simple.map((value) => value - daily);
  const squares = excess.map((value) => Math.min(0, value) ** 2);
  const yearly = Math.sqrt(365);
  const threshold = lowestTwentieth(simple);
  const growth = (closes.at(-1) as number) / (closes[0] as number);
  const benchmarkReturns = returnsOf(benchmark);
  const drawdown = deepestFall(closes);
  return {
    observations: closes.length - 1,
    totalReturn: growth - 1,
    annualizedVolatility: oracle.sampleStandardDeviation(logs) * yearly,
    excessDeviation: oracle.sampleStandardDeviation(excess),
    sharpeRatio: (oracle.mean(excess) / oracle.sampleStandardDeviation(excess)) * yearly,
    sortinoRatio: (oracle.mean(excess) / Math.sqrt(oracle.sum(squares) / excess.length)) * yearly,
    maxDrawdown: drawdown,
    calmarRatio: (growth ** (365 / simple.length) - 1) / -drawdown,
    beta: oracle.sampleCovariance(simple, benchmarkReturns) / oracle.sampleVariance(benchmarkReturns),
    correlation: oracle.sampleCorrelation(simple, benchmarkReturns),
    valueAtRisk95: -threshold,
    conditionalValueAtRisk95: -oracle.mean(simple.filter((value) => value <= threshold)),
  };
}

function returnsOf(closes: readonly number[]): number[] {
  return closes.slice(1).map((price, index) => price / (closes[index] as number) - 1);
}

/** The 5 % quantile between the two nearest of the sorted values (Hyndman and Fan's type 7). */
function lowestTwentieth(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) / 20;
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below * (1 - (position % 1)) + above * (position % 1);
}

/** The deepest fall between any two days, by looking at all of them. */
export function deepestFall(closes: readonly number[]): number {
  let deepest = 0;
  for (const [from, peak] of closes.entries()) {
    for (const value of closes.slice(from)) deepest = Math.min(deepest, value / peak - 1);
  }
  return deepest;
}
