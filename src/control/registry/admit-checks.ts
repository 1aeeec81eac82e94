import type { GatewaySettings } from '../../config/gateway-settings.ts';
import { RequestError } from '../../errors/errors.ts';
import { createSlidingCounter } from '../../transport/sliding-counter.ts';

const MINUTE_MS = 60_000;
/** An SDL that is checked takes two processes; more of them at once would starve the platform beside them. */
const WAITING_CHECKS = 16;

/**
 * Lets checks through one after another, and no more than the settings allow in a minute.
 *
 * @returns runs work when its turn comes; it throws RequestError RATE_LIMITED or OVERLOADED at once instead
 */
export function admitChecks(
  settings: () => GatewaySettings,
): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const recent = createSlidingCounter(MINUTE_MS, () => performance.now());
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    const limit = settings().registry.publishesPerMinute;
    if (recent.total() >= limit) {
      throw new RequestError('RATE_LIMITED', {
        message: `The registry takes ${limit} checks and publishes a minute; try again in a minute.`,
        extensions: { retryAfterMs: MINUTE_MS },
      });
    }
    if (waiting >= WAITING_CHECKS) {
      throw new RequestError('OVERLOADED', {
        message: 'Too many checks wait already; try again in a few seconds.',
      });
    }
    recent.add();
    waiting += 1;
    const done = last.then(work).finally(() => {
      waiting -= 1;
    });
    last = done.catch(() => {});
    return done;
  };
}
