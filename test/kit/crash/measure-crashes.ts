import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ReleaseLoad } from '../swaps/release-load.ts';
import {
  type CannedReleases,
  createReleaseKey,
  type ReleasePlatform,
  startReleasePlatform,
} from '../swaps/release-platform.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../temporary-folder.ts';

export interface CrashEffort {
  /** At which of the points the primary is killed; undefined means all of them. */
  readonly points?: readonly number[];
  readonly repeats: number;
  readonly requestsPerSecond: number;
}

/** What became of one kill. */
export interface Crash {
  readonly point: number;
  /** The write, and whether it was killed before or after it. */
  readonly label: string;
  /** Whether the version that was being published is the one that is served. */
  readonly isNew: boolean;
  /** From the start of the next primary until it is ready, in milliseconds. */
  readonly backAfterMs: number;
}

export interface CrashReport {
  /** Every write point of a publish, in order. */
  readonly points: readonly string[];
  readonly crashes: readonly Crash[];
  readonly requests: number;
  /** What was wrong with answers, each with how often: nothing may be. */
  readonly faults: ReadonlyMap<string, number>;
  /** What was wrong after a restart. */
  readonly broken: readonly string[];
}

/** More points than any publish has: it is counted, not killed. */
const NEVER = 1_000_000;

/**
 * Kills the primary with SIGKILL at each point where it writes while a version is published, starts it again, and looks at
 * what readers see: the two workers serve all the time, and each answer tells by which version it was made.
 */
export async function measureCrashes(
  canned: CannedReleases,
  { points, repeats, requestsPerSecond }: CrashEffort,
  progress: (line: string) => void = () => {},
): Promise<CrashReport> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(createTemporaryFolder());
  const bench = new CrashBench(canned, folder);
  let platform = await bench.start(NEVER);
  stack.defer(() => platform[Symbol.asyncDispose]());
  const load = stack.use(new ReleaseLoad(platform.url, await createReleaseKey(platform)));
  bench.arm();
  await platform.publish(2);
  const names = bench.pointsPassed();
  progress(`${names.length} points: ${names.filter((_, index) => index % 2 === 0).join(', ')}`);

  const running = load.start(requestsPerSecond);
  const crashes: Crash[] = [];
  const broken: string[] = [];
  let release = 2;
  const kills = Array.from({ length: repeats }, () => points ?? [...names.keys()]).flat();
  await bench.ended(platform);
  platform = await bench.start(kills[0] ?? NEVER);
  for (const [index, point] of kills.entries()) {
    bench.arm();
    await platform.publish(release + 1).catch(() => {});
    await bench.ended(platform);
    const label = bench.pointsPassed().at(-1) ?? 'nothing';
    const startMs = performance.now();
    platform = await bench.start(kills[index + 1] ?? NEVER);
    const backAfterMs = performance.now() - startMs;
    const served = await bench.releaseOf(platform, load);
    if (served !== release && served !== release + 1)
      broken.push(`point ${point}: ${String(served)} is served after ${release}`);
    crashes.push({ point, label, isNew: served === release + 1, backAfterMs });
    release = typeof served === 'number' ? Math.max(served, release) : release;
    if ((index + 1) % (points ?? names).length === 0)
      progress(`${crashes.length} kills; ${broken.length} wrong`);
  }
  const requests = await running.stop();
  const faults = new Map<string, number>();
  for (const { fault } of requests) if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1);
  return { points: names, crashes, requests: requests.length, faults, broken };
}

class CrashBench {
  readonly #canned: CannedReleases;
  readonly #folder: TemporaryFolder;
  readonly #arm: string;
  readonly #log: string;

  constructor(canned: CannedReleases, folder: TemporaryFolder) {
    this.#canned = canned;
    this.#folder = folder;
    this.#arm = join(folder.path, 'arm');
    this.#log = join(folder.path, 'points.log');
  }

  async start(point: number): Promise<ReleasePlatform> {
    this.disarm();
    const preload = pathToFileURL(join(import.meta.dirname, 'crash-at.ts')).href;
    return startReleasePlatform({
      canned: this.#canned,
      workers: 2,
      folder: this.#folder,
      env: {
        NODE_OPTIONS: `--import ${preload}`,
        CRASH_AT: String(point),
        CRASH_ARM: this.#arm,
        CRASH_LOG: this.#log,
      },
    });
  }

  /** From now on points are counted. */
  arm(): void {
    writeFileSync(this.#log, '');
    writeFileSync(this.#arm, '');
  }

  disarm(): void {
    rmSync(this.#arm, { force: true });
  }

  pointsPassed(): string[] {
    this.disarm();
    if (!existsSync(this.#log)) return [];
    return readFileSync(this.#log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\d+ /, ''));
  }

  /** Waits for the end of the primary; one that has passed all of its points is killed. */
  async ended({ command: { process: primary } }: ReleasePlatform): Promise<void> {
    if (primary.exitCode !== null || primary.signalCode !== null) return;
    const gone = once(primary, 'exit');
    primary.kill('SIGKILL');
    await gone;
  }

  /** The release that tables and both workers agree on; what they say when they do not. */
  async releaseOf(platform: ReleasePlatform, load: ReleaseLoad): Promise<number | string> {
    const { versions } = await platform.admin<{ versions: { reason: string }[] }>('GET', '/versions?limit=1');
    const head = Number(/release (\d+)/.exec(versions[0]?.reason ?? '')?.[1] ?? 1);
    const { workers, snapshotId } = await platform.admin<{
      workers: { snapshotId: string }[];
      snapshotId: string;
    }>('GET', '/status');
    const answers = await Promise.all(Array.from({ length: 8 }, () => load.send()));
    const said = new Set(answers.map(({ release, fault }) => fault ?? release));
    const isOne =
      said.size === 1 && said.has(head) && workers.every((worker) => worker.snapshotId === snapshotId);
    return isOne ? head : `tables ${head}, answers ${[...said].join(' and ')}`;
  }
}
