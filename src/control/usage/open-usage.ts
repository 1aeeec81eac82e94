import { sql } from 'kysely';
import type { GatewaySettings } from '../../config/gateway-settings.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Database } from '../../storage/database.ts';
import { createUsageQueries, type UsageQueries } from './usage-queries.ts';
import { createUsageStore, type UsageStore } from './usage-store.ts';

/** The tables of usage with everything around them. */
export interface OpenUsage extends Pick<UsageStore, 'record' | 'days'> {
  readonly queries: UsageQueries;
  /** Whether the tables answer at all. */
  isReachable(): Promise<boolean>;
  close(): void;
}

export interface OpenUsageOptions {
  readonly database: Database;
  readonly settings: () => GatewaySettings;
  readonly log: Logger;
}

const DAY_MS = 86_400_000;

/** Opens what counts usage; once a day it forgets what is older than `usage.retentionDays`. */
export function openUsage({ database, settings, log }: OpenUsageOptions): OpenUsage {
  const store = createUsageStore({ database, limits: () => settings().usage });
  const forget = (): void => {
    store
      .forget(settings().usage.retentionDays)
      .catch((err: unknown) => log.warn({ err }, 'old usage is not forgotten'));
  };
  forget();
  const forgetting = setInterval(forget, DAY_MS).unref();
  return {
    record: store.record,
    days: store.days,
    queries: createUsageQueries(database),
    isReachable: () =>
      sql`select 1`.execute(database).then(
        () => true,
        () => false,
      ),
    close: () => clearInterval(forgetting),
  };
}
