import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { signSnapshot, verifyingKey } from '../control/signed-snapshot.ts';
import type { AdoptedWorker } from './adopted-worker.ts';
import { doorPath } from './adoption.ts';
import { bindListener } from './bind-listener.ts';
import { findWorkers } from './find-workers.ts';
import type { Foundation, KillList } from './foundation.ts';
import { readProcess } from './process-tree.ts';
import { WorkerPool } from './worker-pool.ts';
import { createWorkerSource, generationOf, type WorkerSourceOptions } from './worker-source.ts';

/** Where workers listen, and those that do so already. */
export interface Listening {
  readonly listener: WorkerSourceOptions['listener'];
  readonly adopted: readonly AdoptedWorker[];
  /** Absent where workers end with their primary. */
  readonly doorFolder: string | undefined;
}

/**
 * Takes over the workers that have outlived the primary before; where there are none, binds the address.
 *
 * @throws ConfigError PORT_TAKEN, START_FAILED
 */
export async function openListener({ options, settings, state, trust, log }: Foundation): Promise<Listening> {
  const { host, port, workers } = settings.server;
  const bind = () => bindListener(host, port, 'public listener');
  if (options.endsWithParent) return { listener: await bind(), adopted: [], doorFolder: undefined };
  if (doorPath(state.doorsPath, process.pid) === undefined) {
    log.warn('the path of the state directory is too long for sockets: workers end with their primary');
    return { listener: await bind(), adopted: [], doorFolder: undefined };
  }
  const doorFolder = state.doorsPath;
  const found = await findWorkers({ folder: doorFolder, key: trust.snapshotKey, log });
  const { kept, others } = choose(found, { host, port, workers });
  await Promise.all(others.map(end));
  const [first] = kept;
  if (first === undefined) return { listener: await bind(), adopted: [], doorFolder };
  log.info(
    { workers: kept.map(({ pid }) => pid) },
    'workers that have outlived their primary are taken over',
  );
  return { listener: first.hello.listener ?? (await bind()), adopted: kept, doorFolder };
}

/** Those that serve where workers are to serve, and as many as there are to be. */
function choose(
  found: readonly AdoptedWorker[],
  { host, port, workers }: { readonly host: string; readonly port: number; readonly workers: number },
): { readonly kept: readonly AdoptedWorker[]; readonly others: readonly AdoptedWorker[] } {
  const [first] = found.filter(({ hello: { listener } }) => listener?.host === host);
  const wanted = port === 0 ? first?.hello.listener?.port : port;
  const fitting = found.filter(
    ({ hello: { listener } }) => listener?.host === host && listener.port === wanted,
  );
  const kept = fitting.slice(0, workers);
  return { kept, others: found.filter((worker) => !kept.includes(worker)) };
}

/** Lets a worker answer what is under way; its own deadline ends it. */
async function end(worker: AdoptedWorker): Promise<void> {
  const gone = once(worker, 'exit');
  worker.send({ type: 'drain' });
  await gone;
}

function removeDoors(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (readProcess(Number.parseInt(name, 10)) === undefined) rmSync(join(folder, name), { force: true });
  }
}

/** Starts as many workers as are missing. */
export function startWorkers(
  { options, settings, state, trust, log, metrics, forwardOutput }: Foundation,
  { listener, adopted, doorFolder }: Listening,
  stack: AsyncDisposableStack,
  killList: KillList,
): WorkerPool {
  const source = createWorkerSource({ listener, forwardOutput, doorFolder, key: trust.snapshotKey });
  const secrets = {
    keyPeppers: trust.keyPeppers,
    sealingKeys: trust.sealingKeys,
    signingKey: trust.signingKey,
    redisUrl: options.redisUrl,
  };
  const pool = new WorkerPool({
    count: settings.server.workers,
    source,
    adopted,
    startWith: {
      secrets,
      snapshotKey: verifyingKey(trust.snapshotKey),
      listener: source.listener,
      generation: generationOf(options.version, secrets),
      ...(doorFolder === undefined ? {} : { doorFolder }),
      usageSpoolPath: state.usageSpoolPath,
    },
    sign: (snapshot) => signSnapshot(snapshot, trust.snapshotKey),
    drainTimeoutMs: settings.server.drainTimeoutMs,
    log,
    metrics,
  });
  stack.defer(async () => {
    await pool.drain();
    // Workers close their doors; those that were killed could not.
    if (doorFolder !== undefined) removeDoors(doorFolder);
  });
  killList.push(() => pool.kill());
  return pool;
}
