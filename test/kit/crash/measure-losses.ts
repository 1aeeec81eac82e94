import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, until } from '../processes.ts';
import { placeSupergraph, startServing, type TestServing } from '../serving.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';
import { startTinySupergraph } from '../tiny-supergraph.ts';
import { LightLoad, type LostRequest } from './light-load.ts';

/** What was lost, and how soon all was as before. */
export interface LossReport {
  readonly requests: number;
  readonly lost: readonly LostRequest[];
  /** How many may be lost. */
  readonly mayBeLost: number;
  /** Until everything was there again, in milliseconds; the longest where it happened several times. */
  readonly backAfterMs: number;
}

const OPEN = ['--open', '--workers', '2'];
const CLIENTS = 16;

const pidsOf = async (serving: TestServing): Promise<number[]> =>
  (await serving.status()).workers.map(({ pid }) => pid);

const areReady = async (serving: TestServing, count: number): Promise<boolean> => {
  const { workers } = await serving.status();
  return workers.length === count && workers.every(({ state, pid }) => state === 'ready' && isAlive(pid));
};

async function sinceMs(isDone: () => Promise<boolean>): Promise<number> {
  const startMs = performance.now();
  await until(isDone);
  return performance.now() - startMs;
}

/** Kills one of two workers with SIGKILL under a steady load, some times. What is in flight on it then is lost. */
export async function killWorkers(effort: {
  readonly kills: number;
  readonly requestsPerSecond: number;
  readonly everyMs: number;
}): Promise<LossReport> {
  await using stack = new AsyncDisposableStack();
  const tiny = stack.use(await startTinySupergraph());
  const folder = stack.use(createTemporaryFolder());
  const serving = stack.use(await startServing({ ...placeSupergraph(folder, tiny.sdl), args: OPEN }));
  const load = stack.use(new LightLoad(serving.url));
  load.atRate(effort.requestsPerSecond);
  const killedAtMs: number[] = [];
  let backAfterMs = 0;
  for (let kill = 0; kill < effort.kills; kill += 1) {
    await pause(effort.everyMs);
    const [victim] = (await pidsOf(serving)) as [number];
    killedAtMs.push(performance.now());
    process.kill(victim, 'SIGKILL');
    await until(() => !isAlive(victim));
    backAfterMs = Math.max(backAfterMs, await sinceMs(() => areReady(serving, 2)));
  }
  await pause(effort.everyMs);
  await load.stop();
  const wasInFlight = ({ sentAtMs, failedAtMs }: LostRequest): boolean =>
    killedAtMs.some((at) => sentAtMs <= at && at <= failedAtMs);
  const mayBeLost = load.lost.filter(wasInFlight).length + 2 * killedAtMs.length;
  return { requests: load.sent, lost: load.lost, mayBeLost, backAfterMs };
}

/** Replaces all workers again and again while clients ask without a pause. */
export async function rollWorkers(effort: {
  readonly rolls: number;
  readonly requests: number;
}): Promise<LossReport> {
  await using stack = new AsyncDisposableStack();
  const tiny = stack.use(await startTinySupergraph());
  const folder = stack.use(createTemporaryFolder());
  const serving = stack.use(
    await startServing({
      ...placeSupergraph(folder, tiny.sdl),
      args: [...OPEN, '--gateway-config', folder.write('quiet.yaml', 'logging: { level: warn }\n')],
    }),
  );
  const load = stack.use(new LightLoad(serving.url));
  load.closedLoop(CLIENTS);
  let backAfterMs = 0;
  for (let roll = 0; roll < effort.rolls; roll += 1) {
    const before = await pidsOf(serving);
    serving.command.process.kill('SIGUSR2');
    const areReplaced = async () => !before.some(isAlive) && (await areReady(serving, 2));
    backAfterMs = Math.max(backAfterMs, await sinceMs(areReplaced));
  }
  while (load.sent < effort.requests) await pause(50);
  await load.stop();
  return { requests: load.sent, lost: load.lost, mayBeLost: 0, backAfterMs };
}

/**
 * Kills the primary and asks its workers on; starts another one, which finds them. Then takes the tables away, stops
 * everything in order and starts it from the disk.
 *
 * @returns of the first restart and of the one without tables
 */
export async function loseControl(effort: {
  readonly awayMs: number;
  readonly requestsPerSecond: number;
}): Promise<{ readonly primary: LossReport; readonly tables: LossReport }> {
  await using stack = new AsyncDisposableStack();
  const tiny = stack.use(await startTinySupergraph());
  const folder = stack.use(createTemporaryFolder());
  const place = { ...placeSupergraph(folder, tiny.sdl), args: OPEN };
  const first = await startServing(place);
  const pids = await pidsOf(first);
  await using load = new LightLoad(first.url);
  load.atRate(effort.requestsPerSecond);
  const gone = once(first.command.process, 'exit');
  first.command.process.kill('SIGKILL');
  await gone;
  await pause(effort.awayMs);
  const startMs = performance.now();
  const second = await startServing(place);
  const backAfterMs = performance.now() - startMs;
  const same = await pidsOf(second);
  if (same.sort().join() !== pids.sort().join()) throw new Error('the workers are not the same');
  await load.stop();
  const primary = { requests: load.sent, lost: load.lost, mayBeLost: 0, backAfterMs };

  await second[Symbol.asyncDispose]();
  const tables = join(place.stateDir, 'control.sqlite');
  renameSync(tables, `${tables}.away`);
  for (const suffix of ['-wal', '-shm']) rmSync(tables + suffix, { force: true });
  writeFileSync(tables, 'no tables here '.repeat(100));
  const againMs = performance.now();
  const third = stack.use(await startServing(place));
  const fromDiskMs = performance.now() - againMs;
  await using later = new LightLoad(third.url);
  later.atRate(effort.requestsPerSecond);
  await pause(effort.awayMs);
  await later.stop();
  return {
    primary,
    tables: { requests: later.sent, lost: later.lost, mayBeLost: 0, backAfterMs: fromDiskMs },
  };
}
