import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { SupergraphSource } from '../control/load-supergraph.ts';
import type { SettingsSource } from '../control/settings-source.ts';
import { openStateDirectory, type StateDirectory } from '../control/state-directory.ts';
import { openTrust, type Trust } from '../control/trust.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { createPrimaryMetrics, type PrimaryMetrics } from '../observability/primary-metrics.ts';
import type { ClockMode } from './clock-mode.ts';
import { createForwardOutput, type ForwardOutput } from './forward-output.ts';

/** What `dev` adds: the four subgraphs, and demo data and keys. */
export interface DemoOptions {
  /** The first of four ports in a row; 0 means any free ones. */
  readonly firstSubgraphPort: number;
  readonly clock: ClockMode;
}

export interface PlatformOptions {
  readonly version: string;
  readonly stateDirectory: string;
  /** `postgresql://…`: where the tables of the control plane are, instead of in the state directory. */
  readonly databaseUrl: string | undefined;
  /** `redis://…`: where nonces, documents of clients and notices are, instead of in each process. */
  readonly redisUrl: string | undefined;
  readonly settings: SettingsSource;
  readonly supergraph: SupergraphSource;
  /** Asks for no keys and ignores access directives. */
  readonly open: boolean;
  readonly demo?: DemoOptions;
  /** Whether everything ends with the process that started it; otherwise workers outlive even a primary that is killed. */
  readonly endsWithParent: boolean;
  /** Readable logs instead of JSON lines. */
  readonly pretty: boolean;
}

/** Processes that a second Ctrl-C ends at once. */
export type KillList = (() => void)[];

/** What the parts of a start share. */
export interface Foundation {
  readonly options: PlatformOptions;
  readonly settings: GatewaySettings;
  readonly log: Logger;
  readonly metrics: PrimaryMetrics;
  readonly state: StateDirectory;
  readonly trust: Trust;
  readonly forwardOutput: ForwardOutput;
}

/** Reads settings and secrets, which everything else of a start rests on. @throws ConfigError */
export function layFoundation(options: PlatformOptions): Foundation {
  const settings = options.settings.read();
  const state = openStateDirectory(options.stateDirectory);
  const { pretty } = options;
  const log = createLogger('primary', settings.logging.level, { pretty });
  const { workers } = settings.server;
  if (workers > 1 && options.redisUrl === undefined && !options.open) {
    log.warn(
      { workers },
      'there is no REDIS_URL: each worker remembers the nonces of signed requests by itself, so that a copied request can count once on each',
    );
  }
  if (options.open) {
    log.warn(
      'open: no keys are asked for, and access directives and rules are ignored; the structural caps hold',
    );
  }
  return {
    options,
    settings,
    log,
    state,
    metrics: createPrimaryMetrics(),
    // A demo keeps to its own folder, whatever the shell holds of another platform.
    trust: openTrust(state, options.demo === undefined ? process.env : {}),
    forwardOutput: createForwardOutput({ pretty }),
  };
}
