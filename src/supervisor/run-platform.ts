import type { PlatformOptions } from './foundation.ts';
import { type KillList, type Platform, startPlatform } from './start-platform.ts';
import { watchParent } from './watch-parent.ts';

export interface RunOptions extends PlatformOptions {
  /** Whether the platform ends with the process that started it. */
  readonly endsWithParent: boolean;
  /** Called once, when the platform serves. */
  readonly onReady: (platform: Platform) => void;
}

/** What the shell reports of a process that Ctrl-C has ended: 128 + SIGINT. */
const KILLED_EXIT_CODE = 130;

/**
 * Runs a platform until SIGTERM, Ctrl-C or the end of the parent, then stops everything in order. A second Ctrl-C
 * ends everything at once.
 *
 * @throws ConfigError when it cannot start; nothing of it runs any more then
 */
export async function runPlatform(options: RunOptions): Promise<void> {
  const { promise: stopRequested, resolve: requestStop } = Promise.withResolvers<void>();
  const killList: KillList = [];
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
  const stopWatching = options.endsWithParent ? watchParent(requestStop) : () => {};
  await using stack = new AsyncDisposableStack();
  const started = startPlatform(options, stack, killList).then(options.onReady);
  await Promise.race([started, stopRequested]);
  // A start that is interrupted fails on the way; the person has asked for the end and needs no reason.
  started.catch(() => {});
  await stopRequested;
  stopWatching();
}
