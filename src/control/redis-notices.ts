import type { Logger } from '../observability/logger.ts';
import { createRedisClient } from '../storage/redis.ts';
import type { Notices } from './notices.ts';

const CHANNEL = 'tributary:control';

/** Notices over Redis: one connection that sends, one that listens. */
export function createRedisNotices(url: string, log: Logger): Notices {
  const sender = createRedisClient(url, { name: 'tributary-notices' });
  let onNotice = (): void => {};
  const listener = createRedisClient(url, {
    name: 'tributary-notices-listener',
    onReady: () => void subscribe(),
    onAway: (reason) => log.warn({ reason }, 'Redis is away: changes are found by asking the tables'),
  });
  const subscribe = async (): Promise<void> => {
    try {
      await listener.subscribe(CHANNEL);
      // What was told while nobody listened is not told again.
      onNotice();
    } catch (error) {
      log.warn(
        { reason: (error as Error).message },
        'notices are not listened to; changes are found by asking the tables',
      );
    }
  };
  listener.on('message', () => onNotice());
  return {
    send: () => void sender.publish(CHANNEL, '').catch(() => {}),
    follow(callback) {
      onNotice = callback;
    },
    close() {
      sender.disconnect();
      listener.disconnect();
    },
  };
}
