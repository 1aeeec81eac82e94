import type { CallerTokenSigner } from '../../auth/caller-token.ts';
import type { GatewaySettings } from '../../config/gateway-settings.ts';
import type { Database } from '../../storage/database.ts';
import type { Change } from '../../storage/revision.ts';
import type { AuditLog } from './audit-log.ts';
import type { OperationUsage } from './operation-usage.ts';
import type { Webhooks } from './webhooks.ts';

/** What the registry works with. */
export interface RegistryOptions {
  readonly database: Database;
  readonly change: Change;
  /** Brings what the tables say to the workers. @throws the reason why it is not served */
  readonly refresh: () => Promise<void>;
  readonly settings: () => GatewaySettings;
  /** Where subgraphs run that the platform itself has started, whatever is registered. */
  readonly runningUrls: () => Promise<Readonly<Record<string, string>>>;
  /** Whether checks leave the cores to workers, where they run on the machine that serves. */
  readonly yieldsCores?: boolean;
  readonly tokens: CallerTokenSigner;
  readonly usage: OperationUsage;
  readonly audit: AuditLog;
  readonly webhooks: Webhooks;
  readonly now?: () => number;
}
