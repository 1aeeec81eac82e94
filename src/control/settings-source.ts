import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defaultGatewaySettings, type GatewaySettings, gatewaySettings } from '../config/gateway-settings.ts';
import { loadYaml } from '../config/load-yaml.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import { sha256 } from '../lib/sha256.ts';
import { watchFiles } from '../lib/watch-files.ts';

/** Settings of the command line; they win over the file. */
export interface SettingsOverrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly workers?: number | undefined;
  readonly adminPort?: number | undefined;
  readonly engine?: GatewaySettings['engine'] | undefined;
  /** Networks that published routing URLs may lead to beside those of the file. */
  readonly egressAllow?: GatewaySettings['egress']['allow'] | undefined;
  /** Which layers share work, for every subgraph. */
  readonly sharing?: Partial<GatewaySettings['sharing']> | undefined;
}

/** Where the settings of a running platform come from. */
export interface SettingsSource {
  /** @throws ConfigError with file, line and what was expected */
  read(): GatewaySettings;
  /**
   * Calls back after each change of the file or of the rules, with the new settings or the error that keeps the old
   * ones.
   *
   * @returns stops watching
   */
  watch(onChange: (settings: GatewaySettings) => void, onError: (error: unknown) => void): () => void;
}

export interface SettingsSourceOptions {
  readonly file: string;
  /** Whether a missing file is an error; else the defaults hold. */
  readonly isRequired: boolean;
  /** What `rules.file: auto` means, if there is such a file: `rules.ts` beside the SDL. */
  readonly rulesFile?: string;
  readonly overrides: SettingsOverrides;
}

/** Reads `gateway.yaml` with the command line on top of it. */
export function createSettingsSource({
  file,
  isRequired,
  rulesFile,
  overrides,
}: SettingsSourceOptions): SettingsSource {
  const read = (): GatewaySettings => {
    const settings =
      isRequired || existsSync(file) ? loadYaml(file, gatewaySettings) : defaultGatewaySettings();
    return applyOverrides(locateRules(settings, dirname(resolve(file)), rulesFile), overrides);
  };
  return {
    read,
    watch(onChange, onError) {
      const stopSettings = watchFiles([file], () => reread(), onError);
      let stopRules = () => {};
      let watchedRules: string | null = null;
      const watchRules = ({ rules }: GatewaySettings): void => {
        if (rules.file === watchedRules) return;
        stopRules();
        watchedRules = rules.file;
        stopRules = rules.file === null ? () => {} : watchFiles([rules.file], () => reread(), onError);
      };
      const reread = (): void => {
        try {
          const settings = read();
          watchRules(settings);
          onChange(settings);
        } catch (error) {
          onError(error);
        }
      };
      try {
        watchRules(read());
      } catch (error) {
        onError(error);
      }
      return () => {
        stopSettings();
        stopRules();
      };
    },
  };
}

/** Finds the rules, and notes which version of them it is. That a named file is missing is told by who loads it. */
function locateRules(
  settings: GatewaySettings,
  folder: string,
  besideSdl: string | undefined,
): GatewaySettings {
  const { file: named, timeoutMs } = settings.rules;
  const isAuto = named === 'auto';
  const found = isAuto ? besideSdl : named;
  if (found === undefined || found === null || (isAuto && !existsSync(found))) {
    return { ...settings, rules: { file: null, timeoutMs } };
  }
  const file = resolve(isAuto ? '.' : folder, found);
  const content = existsSync(file) ? readFileSync(file) : '';
  const version = sha256(content);
  return { ...settings, rules: { file, timeoutMs, version } };
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
    egress: { allow: [...new Set([...settings.egress.allow, ...(overrides.egressAllow ?? [])])] },
  });
}
