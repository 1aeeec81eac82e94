import type { GatewaySettings } from '../../config/gateway-settings.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Database } from '../../storage/database.ts';
import type { Change } from '../../storage/revision.ts';
import { createCompositionCache } from '../composition/composition-cache.ts';
import type { StateDirectory } from '../state-directory.ts';
import type { Trust } from '../trust.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { createPublisherTokens, type PublisherTokens } from './publisher-tokens.ts';
import { readOperationUsage } from './read-operation-usage.ts';
import type { Registry } from './registry.ts';
import { type FilesMode, takeFiles } from './take-files.ts';
import { readHead } from './version-store.ts';
import { watchSupergraphFiles } from './watch-supergraph-files.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export interface OpenRegistryOptions {
  readonly database: Database;
  readonly change: Change;
  readonly refresh: () => Promise<void>;
  /** The operator's own `supergraph.yaml`. */
  readonly configFile: string;
  readonly mode: FilesMode;
  /** Ends when the files are composed for the first time, or cannot be. */
  readonly composing: Promise<void>;
  readonly state: StateDirectory;
  readonly trust: Trust;
  readonly settings: () => GatewaySettings;
  readonly runningUrls: () => Promise<Readonly<Record<string, string>>>;
  readonly log: Logger;
}

/** The registry with everything around it. */
export interface OpenRegistry {
  /** Loaded once it is asked for: a start needs none of its code. */
  readonly registry: () => Promise<Registry>;
  readonly tokens: PublisherTokens;
  readonly audit: AuditLog;
  readonly webhooks: Webhooks;
  /** Follows the operator's files, where they lead. @returns stops that */
  follow(): () => void;
}

/**
 * Opens the registry, and brings the operator's files into it.
 *
 * @throws ConfigError when the files cannot be read or do not compose and there is no version to go on with
 */
export async function openRegistry(options: OpenRegistryOptions): Promise<OpenRegistry> {
  const { database, change, refresh, configFile, mode, state, trust, settings, runningUrls, log } = options;
  const cache = createCompositionCache(state.compositionPath);
  const take = () => takeFiles({ configFile, mode, database, change, cache, log });
  await options.composing;
  try {
    const version = await take();
    if (version !== undefined && version > 1)
      log.info({ version, configFile }, 'the registry has taken the files');
  } catch (error) {
    if ((await readHead(database)) === undefined) throw error;
    log.error(
      { reason: (error as Error).message },
      'the files cannot be taken; the registry serves what it has',
    );
  }
  const [pepper = ''] = trust.keyPeppers;
  const audit = createAuditLog(database);
  const webhooks = createWebhooks({
    database,
    pepper,
    egress: () => settings().egress,
    log,
  });
  const usage = readOperationUsage(database, () => settings().registry.checkedOperations);
  let registry: Promise<Registry> | undefined;
  const load = async (): Promise<Registry> => {
    const [{ createRegistry }, { createCallerTokenSigner }] = await Promise.all([
      import('./registry.ts'),
      import('../../auth/caller-token.ts'),
    ]);
    const tokens = await createCallerTokenSigner(trust.signingKey);
    return createRegistry({
      database,
      change,
      refresh,
      settings,
      runningUrls,
      yieldsCores: true,
      tokens,
      usage,
      audit,
      webhooks,
    });
  };
  return {
    registry() {
      registry ??= load();
      return registry;
    },
    tokens: createPublisherTokens(database, trust.keyPeppers),
    audit,
    webhooks,
    follow() {
      if (mode !== 'follow') return () => {};
      let last: Promise<unknown> = Promise.resolve();
      const retake = async (): Promise<void> => {
        try {
          const version = await take();
          if (version !== undefined)
            log.info({ version }, 'the files have changed; the new supergraph is served');
        } catch (error) {
          log.error(
            `The files have changed and cannot be used; the old supergraph is served.\n${(error as Error).message}`,
          );
        }
      };
      const stopWatching = watchSupergraphFiles(
        configFile,
        () => {
          last = last.then(retake);
        },
        (error) => log.error({ err: error }, 'the files cannot be watched'),
      );
      return stopWatching;
    },
  };
}
