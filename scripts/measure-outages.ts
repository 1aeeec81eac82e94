import { OUTAGES, runOutage } from '../test/kit/budget-outage.ts';

/**
 * Has four workers spend of one account while something befalls Redis, for longer than the tests do, and prints the table
 * of `docs/limits.md`: `npm run test:outages`. Fails when a bound does not hold.
 */
const RUN = {
  workers: 4,
  phaseMs: 3_000,
  limits: { bucketPoints: 2_000, refillPerSecond: 50, monthPoints: null },
  requestsPerSecond: 100,
};
const MOST = 1.1;

console.log(
  '| what befell Redis | limit | admitted | failures | decisions of 25 ms or more | longest | back after |',
);
console.log('|---|---|---|---|---|---|---|');
for (const outage of OUTAGES) {
  const { limit, admitted, failures, slowDecisions, longestMs, backAfterMs } = await runOutage(outage, RUN);
  const share = (admitted / limit).toFixed(2);
  const cells = [
    outage.name,
    limit,
    `${admitted} (${share})`,
    failures,
    slowDecisions,
    `${longestMs} ms`,
    `${backAfterMs} ms`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
  if (failures > 0 || admitted > limit * MOST) process.exitCode = 1;
}
// Connections of frozen servers may linger.
process.exit();
