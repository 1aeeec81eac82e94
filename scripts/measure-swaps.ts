import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureMachines } from '../test/kit/swaps/measure-machines.ts';
import { heapGrowth, measureReloads } from '../test/kit/swaps/measure-reloads.ts';
import { measureSwaps, type SwapReport } from '../test/kit/swaps/measure-swaps.ts';
import { startCannedReleases, startReleasePlatform } from '../test/kit/swaps/release-platform.ts';

/**
 * Publishes a subgraph again and again while two workers serve at 40 % of their capacity, and looks at every answer:
 * `npm run test:registry [-- --publishes 30 --machines 10 --swaps 200]`, about five minutes. Then
 * publishes on one of three machines, and swaps schemas in one process and watches its heap.
 * Ends with exit code 1 when a request fails, an answer mixes two versions, or a bound does not hold.
 *
 * Workers, subgraphs, load and the registry's checks share the machine: it says something on a quiet one alone.
 */
const { values } = parseArgs({
  options: {
    publishes: { type: 'string', default: '30' },
    swaps: { type: 'string', default: '200' },
    machines: { type: 'string', default: '10' },
  },
});
const PUBLISHES = Number(values.publishes);
const SWAPS = Number(values.swaps);
const MACHINE_PUBLISHES = Number(values.machines);
const EFFORT = {
  publishes: PUBLISHES,
  everyMs: 3_000,
  warmUpMs: 10_000,
  capacityMs: 8_000,
  baselineMs: 30_000,
  share: 0.4,
};
const SAMPLES = 20;
const MIB = 1_048_576;

const startedAt = performance.now();
const progress = (line: string): void => {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

interface Bound {
  readonly name: string;
  readonly found: number;
  readonly most: number;
  readonly text: string;
}

function boundsOf(report: SwapReport): Bound[] {
  const { baseline, during, blockedMs, servedAfterMs, faults } = report;
  const failures = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const ratio = during.p99 / baseline.p99;
  const slowest = Math.max(0, ...servedAfterMs);
  return [
    {
      name: 'requests that failed, and answers of two versions',
      found: failures,
      most: 0,
      text: `${failures} of ${report.requests}`,
    },
    {
      name: 'p99 during publishes, against that without',
      found: ratio,
      most: 2,
      text: `${ms(during.p99)} / ${ms(baseline.p99)} = ${ratio.toFixed(2)}`,
    },
    {
      name: "longest turn of a worker's event loop, in ms",
      found: blockedMs.during,
      most: 50,
      text: `${ms(blockedMs.during)} (without publishes ${ms(blockedMs.baseline)})`,
    },
    {
      name: 'until all workers serve a version, in ms',
      found: slowest,
      most: 1_000,
      text: `${ms(slowest)} at the most, ${ms(median(servedAfterMs))} in the middle`,
    },
  ];
}

function median(figures: readonly number[]): number {
  return figures.toSorted((left, right) => left - right)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

await using canned = await startCannedReleases();
const bounds: Bound[] = [];
if (PUBLISHES > 0) {
  await using platform = await startReleasePlatform({ canned, workers: 2 });
  const report = await measureSwaps(platform, EFFORT, progress);
  for (const [fault, count] of report.faults) progress(`${count} × ${fault}`);
  progress(`${report.requests} requests at ${report.requestsPerSecond.toFixed(0)}/s, ${PUBLISHES} publishes`);
  bounds.push(...boundsOf(report));
}
if (MACHINE_PUBLISHES > 0) {
  const effort = { publishes: MACHINE_PUBLISHES, everyMs: 1_000, requestsPerSecond: 50 };
  for (const { name, requests, servedAfterMs } of await measureMachines(canned, effort)) {
    const slowest = Math.max(...servedAfterMs);
    bounds.push({
      name: `until it is served by ${name}, in ms`,
      found: requests.some(({ fault }) => fault !== undefined) ? Number.NaN : slowest,
      most: 1_000,
      text: `${ms(slowest)} at the most, ${ms(median(servedAfterMs))} in the middle`,
    });
  }
}
if (SWAPS > 0) {
  const samples = await measureReloads(canned, { swaps: SWAPS, samples: SAMPLES }, (sample) =>
    progress(
      `${sample.swaps} swaps: heap ${(sample.heapBytes / MIB).toFixed(1)} MiB, RSS ${(sample.rssBytes / MIB).toFixed(0)} MiB`,
    ),
  );
  const growth = heapGrowth(samples);
  bounds.push({
    name: `growth of the heap over the second half of ${SWAPS} swaps`,
    found: growth,
    most: 0.05,
    text: `${(growth * 100).toFixed(1)} %`,
  });
}

console.log('| what | found | at the most |\n|---|---|---|');
for (const { name, found, most, text } of bounds) {
  console.log(`| ${name} | ${text} | ${most}${found <= most ? '' : ' **not held**'} |`);
}
const [load = 0] = loadavg();
console.log(
  `\n${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}, load ${load.toFixed(1)} at the end`,
);
process.exitCode = bounds.every(({ found, most }) => found <= most) ? 0 : 1;
