import { existsSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { defaultGatewaySettings, type GatewaySettings, gatewaySettings } from '../config/gateway-settings.ts';
import { loadYaml } from '../config/load-yaml.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';

/** Settings of the command line; they win over the file. */
export interface SettingsOverrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly workers?: number | undefined;
  readonly adminPort?: number | undefined;
  readonly engine?: GatewaySettings['engine'] | undefined;
  /** Which layers share work, for every subgraph. */
  readonly sharing?: Partial<GatewaySettings['sharing']> | undefined;
}

/** Where the settings of a running platform come from. */
export interface SettingsSource {
  /** @throws ConfigError with file, line and what was expected */
  read(): GatewaySettings;
  /**
   * Calls back after each change of the file, with the new settings or the error that keeps the old ones.
   *
   * @returns stops watching
   */
  watch(onChange: (settings: GatewaySettings) => void, onError: (error: unknown) => void): () => void;
}

/** Editors write a file in several steps; the last one counts. */
const DEBOUNCE_MS = 100;

export interface SettingsSourceOptions {
  readonly file: string;
  /** Whether a missing file is an error; else the defaults hold. */
  readonly isRequired: boolean;
  readonly overrides: SettingsOverrides;
}

/** Reads `gateway.yaml` with the command line on top of it. */
export function createSettingsSource({ file, isRequired, overrides }: SettingsSourceOptions): SettingsSource {
  const read = (): GatewaySettings =>
    applyOverrides(
      isRequired || existsSync(file) ? loadYaml(file, gatewaySettings) : defaultGatewaySettings(),
      overrides,
    );
  return {
    read,
    watch(onChange, onError) {
      const folder = dirname(resolve(file));
      if (!existsSync(folder)) return () => {};
      let timer: NodeJS.Timeout | undefined;
      const reread = (): void => {
        try {
          onChange(read());
        } catch (error) {
          onError(error);
        }
      };
      // The folder, not the file: editors put a new file in the old one's place, and a watch stays with the old.
      const watcher = watch(folder, (_event, changed) => {
        if (changed !== basename(file)) return;
        clearTimeout(timer);
        timer = setTimeout(reread, DEBOUNCE_MS);
      });
      watcher.on('error', onError);
      return () => {
        clearTimeout(timer);
        watcher.close();
      };
    },
  };
}

function applyOverrides(settings: GatewaySettings, overrides: SettingsOverrides): GatewaySettings {
  const { server, admin } = settings;
  const sharing = { ...settings.sharing, ...(overrides.sharing && { ...overrides.sharing, overrides: {} }) };
  return deepFreeze({
    ...settings,
    engine: overrides.engine ?? settings.engine,
    sharing,
    server: {
      ...server,
      host: overrides.host ?? server.host,
      port: overrides.port ?? server.port,
      workers: overrides.workers ?? server.workers,
    },
    admin: { ...admin, port: overrides.adminPort ?? admin.port },
  });
}
