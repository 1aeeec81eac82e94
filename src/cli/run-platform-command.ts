import packageJson from '../../package.json' with { type: 'json' };
import type { SettingsSourceOptions } from '../control/settings-source.ts';
import type { RunOptions } from '../supervisor/run-platform.ts';
import { announce } from './announce.ts';

/** What the commands that run a platform differ in. */
export interface PlatformCommand
  extends Pick<RunOptions, 'stateDirectory' | 'supergraph' | 'open' | 'demo' | 'endsWithParent'> {
  readonly settings: SettingsSourceOptions;
}

/**
 * Runs a platform in the foreground until it is told to stop; DATABASE_URL and REDIS_URL come from the environment.
 *
 * @throws ConfigError when it cannot start
 */
export async function runPlatformCommand({ settings, ...command }: PlatformCommand): Promise<void> {
  // Loaded once it is needed: help and refusals of wrong use should not wait for it.
  const [{ createSettingsSource }, { runPlatform }] = await Promise.all([
    import('../control/settings-source.ts'),
    import('../supervisor/run-platform.ts'),
  ]);
  await runPlatform({
    ...command,
    settings: createSettingsSource(settings),
    version: packageJson.version,
    databaseUrl: process.env.DATABASE_URL || undefined,
    redisUrl: process.env.REDIS_URL || undefined,
    pretty: process.stdout.isTTY,
    onReady: announce,
  });
}
