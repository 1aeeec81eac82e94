import { type ProcessFacts, readProcess } from './process-tree.ts';

const POLL_MS = 500;
/** npm runs scripts as npm → sh → node; more processes than this in between are somebody else's. */
const MOST_ANCESTORS = 5;

/**
 * Calls back once when the process that started this one goes away, even by `kill -9`: nobody is left then who
 * could stop it.
 *
 * Under npm that is npm itself, which may have a shell between: killing npm leaves the shell, and the shell would
 * wait for ever. Where there is no `/proc`, only the direct parent is watched.
 *
 * @returns stops watching
 */
export function watchParent(onGone: () => void): () => void {
  const parentPid = process.ppid;
  const ancestors = ancestorsToWatch(parentPid);
  const timer = setInterval(() => {
    const isSame = process.ppid === parentPid && ancestors.every(isAlive);
    if (isSame) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The direct parent, and under npm everybody up to npm. */
function ancestorsToWatch(parentPid: number): ProcessFacts[] {
  const parent = readProcess(parentPid);
  if (parent === undefined) return [];
  if (process.env.npm_lifecycle_event === undefined) return [parent];
  const chain: ProcessFacts[] = [];
  let next: ProcessFacts | undefined = parent;
  while (next !== undefined && next.pid > 1 && chain.length < MOST_ANCESTORS) {
    chain.push(next);
    if (next.name.startsWith('npm')) return chain;
    next = readProcess(next.parentPid);
  }
  return [parent];
}

function isAlive({ pid, startedAtTicks }: ProcessFacts): boolean {
  return readProcess(pid)?.startedAtTicks === startedAtTicks;
}
