import { isIPv6 } from 'node:net';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { type DemoDescription, openDemoKeys, readDemoUsers, writeDemoFile } from '../control/demo.ts';
import type { KeyStore } from '../control/key-store.ts';
import { saveLastGoodSnapshot } from '../control/last-good-snapshot.ts';
import type { SupergraphSource } from '../control/load-supergraph.ts';
import { type OpenControlPlane, openControlPlane } from '../control/open-control-plane.ts';
import type { SettingsSource } from '../control/settings-source.ts';
import { openStateDirectory, type StateDirectory } from '../control/state-directory.ts';
import { openTrust, type Trust } from '../control/trust.ts';
import { ConfigError } from '../errors/errors.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { printableUrl } from '../lib/printable-url.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { createPrimaryMetrics, type PrimaryMetrics } from '../observability/primary-metrics.ts';
import type { KeyRecord, Snapshot } from '../snapshot.ts';
import { type BoundListener, bindListener } from './bind-listener.ts';
import type { ClockMode } from './clock-mode.ts';
import { createForwardOutput, type ForwardOutput } from './forward-output.ts';
import { type SubgraphFleet, startSubgraphFleet } from './subgraph-fleet.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

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
  /** Readable logs instead of JSON lines. */
  readonly pretty: boolean;
}

/** A platform that serves. */
export interface Platform {
  readonly graphqlUrl: string;
  readonly adminUrl: string;
  readonly stateDirectory: string;
  readonly workers: number;
  /** Where each subgraph answers, by name. */
  readonly routingUrls: Readonly<Record<string, string>>;
  readonly demoFile: string | undefined;
  readonly log: Logger;
}

/** What the parts of a start share. */
interface Foundation {
  readonly options: PlatformOptions;
  readonly settings: GatewaySettings;
  readonly log: Logger;
  readonly metrics: PrimaryMetrics;
  readonly state: StateDirectory;
  readonly trust: Trust;
  readonly forwardOutput: ForwardOutput;
}

/** Processes that a second Ctrl-C ends at once. */
export type KillList = (() => void)[];

const SUBGRAPH_HOST = '127.0.0.1';
const DEMO_DATA = new URL('../../subgraphs/portfolio/demo/', import.meta.url);
/** The subgraphs of `dev` say what goes wrong; each of their requests is in the gateway's log already. */
const SUBGRAPH_LOG_LEVEL = 'warn';

/**
 * Starts a platform: ports first, so that a taken one is told at once; then all processes side by side, which load
 * their code while this one composes; last the first snapshot.
 *
 * @param stack - takes what has to be undone, last started first
 * @throws ConfigError; what was started by then is on the stack
 */
export async function startPlatform(
  options: PlatformOptions,
  stack: AsyncDisposableStack,
  killList: KillList,
): Promise<Platform> {
  const foundation = layFoundation(options);
  const { settings, state, log } = foundation;
  const { host, port, workers } = settings.server;
  const listener = await bindListener(host, port, 'public listener');
  const fleet = startSubgraphs(foundation, stack, killList);
  const pool = startWorkers(foundation, listener, stack, killList);
  const control = await openControl(foundation, fleet, pool, stack);
  const demo = await openDemo(foundation, control.keys);
  const [admin, snapshot] = await Promise.all([
    startAdmin(foundation, pool, control, stack),
    // Workers load the supergraph while the subgraphs load their data.
    control.plane.start(),
    fleet?.listen(),
    fleet?.waitUntilHealthy(),
  ]);
  watchSettings(foundation, control.plane, stack);
  // From now on nothing has to start any more that somebody waits for.
  pool.warmUp();

  const graphqlUrl = `http://${urlHost(host)}:${listener.port}/graphql`;
  const adminUrl = `http://${urlHost(settings.admin.host)}:${admin.port}`;
  if (demo !== undefined) writeDemoFile(state.demoFile, { graphql: graphqlUrl, admin: adminUrl, ...demo });
  return {
    graphqlUrl,
    adminUrl,
    workers,
    stateDirectory: state.path,
    routingUrls: snapshot.routingUrls,
    demoFile: demo === undefined ? undefined : state.demoFile,
    log,
  };
}

function layFoundation(options: PlatformOptions): Foundation {
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

function startSubgraphs(
  foundation: Foundation,
  stack: AsyncDisposableStack,
  killList: KillList,
): SubgraphFleet | undefined {
  const { demo } = foundation.options;
  if (demo === undefined) return undefined;
  const fleet = startSubgraphFleet({
    ...foundation,
    host: SUBGRAPH_HOST,
    firstPort: demo.firstSubgraphPort,
    clock: demo.clock,
    logLevel: SUBGRAPH_LOG_LEVEL,
  });
  stack.defer(() => fleet.stop());
  killList.push(() => fleet.kill());
  return fleet;
}

function startWorkers(
  foundation: Foundation,
  listener: BoundListener,
  stack: AsyncDisposableStack,
  killList: KillList,
): WorkerPool {
  const { trust, settings, options } = foundation;
  const pool = createWorkerPool({
    ...foundation,
    count: settings.server.workers,
    drainTimeoutMs: settings.server.drainTimeoutMs,
    listener,
    secrets: {
      keyPeppers: trust.keyPeppers,
      sealingKeys: trust.sealingKeys,
      signingKey: trust.signingKey,
      redisUrl: options.redisUrl,
    },
  });
  stack.defer(async () => {
    // First this process lets go of the socket: once the last worker has left, new connections are refused.
    listener.close();
    await pool.drain();
  });
  killList.push(() => pool.kill());
  return pool;
}

/** Opens the control plane; the first snapshot starts the workers, each later one is swapped in. */
async function openControl(
  { options, state, trust, log }: Foundation,
  fleet: SubgraphFleet | undefined,
  pool: WorkerPool,
  stack: AsyncDisposableStack,
): Promise<OpenControlPlane> {
  const publish = async (snapshot: Snapshot): Promise<void> => {
    if (pool.snapshot === undefined) await pool.start(snapshot);
    else await pool.reload(snapshot);
    log.level = snapshot.settings.logging.level;
    saveLastGoodSnapshot(state.snapshotFile, snapshot);
  };
  const subgraphUrls = fleet === undefined ? undefined : () => fleet.urls();
  // Whoever works on the demo's schemas sees them served; in production the registry leads.
  const filesMode = options.demo === undefined ? 'seed' : 'follow';
  const publishKeys = (keys: readonly KeyRecord[]): void => pool.replaceKeys(keys);
  const control = await openControlPlane({
    ...options,
    filesMode,
    state,
    trust,
    subgraphUrls,
    publish,
    publishKeys,
    log,
  });
  stack.defer(() => control.close());
  pool.followKeyUses((uses) => {
    control.keys.recordUses(uses).catch((err: unknown) => log.warn({ err }, 'uses of keys are not recorded'));
  });
  pool.followOperationUses((uses) => {
    control.registry?.usage
      .record(uses)
      .catch((err: unknown) => log.warn({ err }, 'operations in use are not recorded'));
  });
  return control;
}

async function startAdmin(
  { settings, trust, log, options }: Foundation,
  pool: WorkerPool,
  control: OpenControlPlane,
  stack: AsyncDisposableStack,
): Promise<{ port: number }> {
  // Loaded only now: the children should have started before this process is busy loading Fastify.
  const [{ createAdminServer }, { createControlRoutes }] = await Promise.all([
    import('../admin/admin-server.ts'),
    import('../admin/routes/control-routes.ts'),
  ]);
  const admin = createAdminServer({
    log,
    token: trust.adminToken,
    identifyPublisher: async (text) => control.registry?.tokens.identify(text),
    routes: createControlRoutes(control),
    source: {
      metricsText: () => pool.metricsText(),
      notReadyReasons: () => pool.notReadyReasons(),
      status: async () => ({
        version: options.version,
        snapshotId: pool.snapshot?.id ?? null,
        workers: await pool.status(),
        subgraphs: Object.entries(pool.snapshot?.routingUrls ?? {}).map(([name, routingUrl]) => ({
          name,
          routingUrl: printableUrl(routingUrl),
        })),
      }),
    },
  });
  let listening: ReturnType<typeof admin.listen> | undefined;
  stack.defer(async () => {
    // A start that fails meanwhile: what is closed before it listens would listen all the same, and for ever.
    await listening?.catch(() => {});
    await admin.close();
  });
  listening = admin.listen(settings.admin.host, settings.admin.port);
  return listening;
}

/** Under `dev`, what `demo.json` says of users and keys. */
async function openDemo(
  { state, trust, options }: Foundation,
  keys: KeyStore,
): Promise<Pick<DemoDescription, 'users' | 'keys'> | undefined> {
  if (options.demo === undefined) return undefined;
  const users = readDemoUsers(DEMO_DATA);
  const [firstUser] = users;
  if (firstUser === undefined) throw new ConfigError('START_FAILED', 'The demo data have no users.');
  return { users, keys: await openDemoKeys(state.demoFile, keys, trust, firstUser.id) };
}

function watchSettings(
  { options, log, settings: initial }: Foundation,
  plane: ControlPlane,
  stack: AsyncDisposableStack,
): void {
  const swap = async (settings: GatewaySettings): Promise<void> => {
    const before = plane.snapshot?.id;
    await plane.refresh();
    const snapshotId = plane.snapshot?.id;
    if (snapshotId === before) return;
    log.info({ snapshotId }, 'gateway.yaml has changed; the new settings hold');
    if (needsRestart(initial, settings))
      log.warn('a change of the listeners, of workers or of the control plane holds from the next start on');
  };
  const keepOld = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ reason }, 'gateway.yaml has changed and cannot be used; the old settings hold');
  };
  stack.defer(options.settings.watch((settings) => void swap(settings).catch(keepOld), keepOld));
}

/** Settings that belong to a process or its socket and not to a snapshot. */
function needsRestart(before: GatewaySettings, after: GatewaySettings): boolean {
  const fixed = ({ server, admin, control }: GatewaySettings): string => {
    const { concurrentOperations, sandbox, ...listener } = server;
    return canonicalJson({ listener, admin, control });
  };
  return fixed(before) !== fixed(after);
}

/** IPv6 addresses stand in brackets in a URL; an address for "all" is reached by loopback. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}
