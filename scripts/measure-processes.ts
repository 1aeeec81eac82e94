import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type CrashReport, measureCrashes } from '../test/kit/crash/measure-crashes.ts';
import { killWorkers, type LossReport, loseControl, rollWorkers } from '../test/kit/crash/measure-losses.ts';
import { startCannedReleases } from '../test/kit/swaps/release-platform.ts';

/**
 * Kills and replaces what a platform is made of while it is asked, and counts what is lost:
 * `npm run test:processes [-- --kills 10 --rolls 10 --requests 100000 --away 30 --repeats 20]`, about half an hour, most of it
 * for the repeats. A part with 0 is left out. Ends with exit code 1 when a bound does not hold.
 *
 * - one of two workers is killed at 300 requests a second: lost is at most what was under way and two more
 * - ten rolling restarts while clients ask without a pause: nothing is lost
 * - the primary is killed, and later the tables are away at a start: nothing is lost
 * - the primary is killed at each of its write points: every answer is of one version, old or new
 *
 * Workers, load and subgraphs share the machine: times say something on a quiet one alone.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    rolls: { type: 'string', default: '10' },
    requests: { type: 'string', default: '100000' },
    away: { type: 'string', default: '30' },
    repeats: { type: 'string', default: '20' },
  },
});
const [kills, rolls, requests, awaySeconds, repeats] = [
  values.kills,
  values.rolls,
  values.requests,
  values.away,
  values.repeats,
].map(Number) as [number, number, number, number, number];
const REQUESTS_PER_SECOND = 300;
const BACK_MS = 2_000;
const LEAST_POINTS = 20;
/** Workers that die within five seconds of their start are started again ever more slowly. */
const KILL_EVERY_MS = 6_000;

const startedAt = performance.now();
const progress = (line: string): void => {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
};
const ms = (value: number): string => `${value.toFixed(0)} ms`;

const rows: string[][] = [];
function add(
  name: string,
  { requests: sent, lost, mayBeLost, backAfterMs }: LossReport,
  mostMs: number,
): void {
  rows.push([name, String(sent), String(lost.length), String(mayBeLost), ms(backAfterMs)]);
  for (const reason of new Set(lost.map((each) => each.reason))) progress(`lost: ${reason}`);
  progress(rows.at(-1)?.join(', ') ?? '');
  if (lost.length > mayBeLost || backAfterMs > mostMs) process.exitCode = 1;
}

function addCrashes({ points, crashes, requests: sent, faults, broken }: CrashReport): void {
  const wrong = [...faults.values()].reduce((sum, count) => sum + count, broken.length);
  const slowest = Math.max(...crashes.map(({ backAfterMs }) => backAfterMs));
  const taken = crashes.filter(({ isNew }) => isNew).length;
  const name = `${crashes.length} kills of the primary at ${points.length} write points (${taken} versions were taken)`;
  rows.push([name, String(sent), String(wrong), '0', ms(slowest)]);
  for (const fault of [...faults.keys(), ...broken]) progress(`wrong: ${fault}`);
  const late = crashes.filter(({ backAfterMs }) => backAfterMs > BACK_MS).length;
  progress(`${late} of ${crashes.length} restarts took more than ${BACK_MS} ms`);
  if (wrong > 0 || late > 0 || points.length < LEAST_POINTS) process.exitCode = 1;
}

if (kills > 0)
  add(
    `${kills} kills of one of two workers`,
    await killWorkers({ kills, requestsPerSecond: REQUESTS_PER_SECOND, everyMs: KILL_EVERY_MS }),
    BACK_MS,
  );
if (rolls > 0)
  add(
    `${rolls} rolling restarts of two workers`,
    await rollWorkers({ rolls, requests }),
    Number.POSITIVE_INFINITY,
  );
if (awaySeconds > 0) {
  const awayMs = awaySeconds * 1_000;
  const { primary, tables } = await loseControl({ awayMs, requestsPerSecond: REQUESTS_PER_SECOND });
  add(`no primary for ${awaySeconds} s`, primary, BACK_MS);
  add(`no tables at the start, for ${awaySeconds} s`, tables, Number.POSITIVE_INFINITY);
}
if (repeats > 0) {
  await using canned = await startCannedReleases();
  addCrashes(await measureCrashes(canned, { repeats, requestsPerSecond: 20 }, progress));
}

const { model = 'unknown' } = cpus()[0] ?? {};
console.log(
  `${availableParallelism()} × ${model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}\n`,
);
console.log(
  '| what happened | requests | lost or wrong | may be | back after at most |\n|---|---:|---:|---:|---:|',
);
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
