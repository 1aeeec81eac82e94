import type { KillList, PlatformOptions } from './foundation.ts';
import { type Platform, startPlatform } from './start-platform.ts';
import { watchParent } from './watch-parent.ts';

export interface RunOptions extends PlatformOptions {
  /** Called once, when the platform serves. */
  readonly onReady: (platform: Platform) => void;
}

/** What the shell reports of a process that Ctrl-C has ended: 128 + SIGINT. */
const KILLED_EXIT_CODE = 130;

/**
 * Runs a platform until SIGTERM, Ctrl-C or the end of the parent, then stops everything in order. A second Ctrl-C
 * ends everything at once; SIGUSR2 replaces the workers, one after another.
 *
 * @throws ConfigError when it cannot start; nothing of it runs any more then
 */
export async function runPlatform(options: RunOptions): Promise<void> {
  const { promise: stopRequested, resolve: requestStop } = Promise.withResolvers<void>();
  const killList: KillList = [];
  let platform: Platform | undefined;
  let interrupts = 0;
  process.on('SIGTERM', () => requestStop());
  process.on('SIGHUP', () => requestStop());
  process.on('SIGINT', () => {
    interrupts += 1;
    if (interrupts > 1) {
      for (const kill of killList) kill();
      process.exit(KILLED_EXIT_CODE);
    }
    requestStop();
  });
  const restart = (): void => {
    void platform?.restartWorkers();
  };
  if (process.platform !== 'win32') process.on('SIGUSR2', restart);
  const stopWatching = options.endsWithParent ? watchParent(requestStop) : () => {};
  await using stack = new AsyncDisposableStack();
  const started = startPlatform(options, stack, killList).then((ready) => {
    platform = ready;
    options.onReady(ready);
  });
  await Promise.race([started, stopRequested]);
  // A start that is interrupted fails on the way; the person has asked for the end and needs no reason.
  started.catch(() => {});
  await stopRequested;
  stopWatching();
}
