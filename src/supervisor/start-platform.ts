import { isIPv6 } from 'node:net';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import { changedStartSettings } from '../config/start-settings.ts';
import { type DemoDescription, openDemoKeys, readDemoUsers, writeDemoFile } from '../control/demo.ts';
import type { KeyStore } from '../control/key-store.ts';
import { createUsageIntake, type UsageIntake } from '../control/usage/usage-intake.ts';
import { openUsageSpool } from '../control/usage/usage-spool.ts';
import { ConfigError } from '../errors/errors.ts';
import { printableUrl } from '../lib/printable-url.ts';
import type { Logger } from '../observability/logger.ts';
import { type Foundation, type KillList, layFoundation, type PlatformOptions } from './foundation.ts';
import { lockStateDirectory } from './lock-state-directory.ts';
import { type Control, openControl } from './start-control.ts';
import { type Listening, openListener, startWorkers } from './start-workers.ts';
import { type SubgraphFleet, startSubgraphFleet } from './subgraph-fleet.ts';
import type { WorkerPool } from './worker-pool.ts';

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
  /** Replaces the workers, one after another; each leaves when its successor serves. */
  restartWorkers(): Promise<void>;
}

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
  stack.defer(lockStateDirectory(foundation.state.path));
  const listening = await openListener(foundation);
  const fleet = startSubgraphs(foundation, stack, killList);
  const pool = startWorkers(foundation, listening, stack, killList);
  try {
    return await startServing(foundation, { listening, fleet, pool }, stack);
  } catch (error) {
    // What the operator got wrong ends this process, not what serves already.
    pool.release();
    throw error;
  }
}

interface Processes {
  readonly listening: Listening;
  readonly fleet: SubgraphFleet | undefined;
  readonly pool: WorkerPool;
}

/** Makes the first snapshot, while the processes load their code, and opens the admin listener. */
async function startServing(
  foundation: Foundation,
  { listening, fleet, pool }: Processes,
  stack: AsyncDisposableStack,
): Promise<Platform> {
  const { settings, state, log } = foundation;
  const { host, workers } = settings.server;
  const control = await openControl(foundation, fleet, pool, stack);
  followUses(foundation, pool, control, stack);
  const demo = await openDemo(foundation, control.current?.keys);
  const [admin, snapshot] = await Promise.all([
    startAdmin(foundation, pool, control, stack),
    // Workers load the supergraph while the subgraphs load their data.
    control.start(),
    fleet?.listen(),
    fleet?.waitUntilHealthy(),
  ]);
  watchSettings(foundation, control, pool, stack);
  // From now on nothing has to start any more that somebody waits for.
  pool.warmUp();

  const graphqlUrl = `http://${urlHost(host)}:${listening.listener.port}/graphql`;
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
    restartWorkers: () => pool.replaceAll(),
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

/** What workers tell of keys and operations goes to the tables, as long as there are any. */
function followUses(
  foundation: Foundation,
  pool: WorkerPool,
  control: Control,
  stack: AsyncDisposableStack,
): void {
  const { log } = foundation;
  pool.followKeyUses((uses) => {
    control.current?.keys
      .recordUses(uses)
      .catch((err: unknown) => log.warn({ err }, 'uses of keys are not recorded'));
  });
  const intake = openUsageIntake(foundation, control);
  pool.followUsage(intake.take);
  pool.answerUsageQueries(async (query) => {
    if (control.current === undefined) throw new Error('the tables of usage are away');
    return control.current.usage.days(query);
  });
  stack.defer(async () => {
    control.current?.plane.stop();
    // Workers that end hand on what they have counted: the tables stay open until then.
    await pool.drain();
    await intake.close();
  });
}

/** Takes usage whether the tables are open or not: without them it goes to disk. */
function openUsageIntake({ settings, state, metrics, log }: Foundation, control: Control): UsageIntake {
  return createUsageIntake({
    store: {
      async record(batch) {
        if (control.current === undefined) throw new Error('the tables of usage are away');
        await control.current.usage.record(batch);
      },
    },
    isReachable: async () => (await control.current?.usage.isReachable()) ?? false,
    spool: openUsageSpool(state.usageSpoolPath, settings.usage.spoolBytes, (bytes) =>
      metrics.usageSpoolBytes.set(bytes),
    ),
    log,
  });
}

async function startAdmin(
  { settings, trust, log, options }: Foundation,
  pool: WorkerPool,
  control: Control,
  stack: AsyncDisposableStack,
): Promise<{ port: number }> {
  // Loaded only now: the children should have started before this process is busy loading Fastify.
  const [{ createAdminServer }, { createControlRoutes }] = await Promise.all([
    import('../admin/admin-server.ts'),
    import('../admin/routes/control-routes.ts'),
  ]);
  const admin = createAdminServer({
    log,
    bodyLimitBytes: settings.admin.bodyLimitBytes,
    token: trust.adminToken,
    identifyPublisher: async (text) => control.current?.registry?.tokens.identify(text),
    routes: createControlRoutes({
      control: () => control.current,
      hasRegistry: 'config' in options.supergraph,
    }),
    source: {
      metricsText: () => pool.metricsText(),
      notReadyReasons: () => pool.notReadyReasons(),
      warnings: () => control.warnings(),
      status: async () => ({
        version: options.version,
        snapshotId: pool.snapshot?.id ?? null,
        warnings: control.warnings(),
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
  keys: KeyStore | undefined,
): Promise<Pick<DemoDescription, 'users' | 'keys'> | undefined> {
  if (options.demo === undefined || keys === undefined) return undefined;
  const users = readDemoUsers(DEMO_DATA);
  const [firstUser] = users;
  if (firstUser === undefined) throw new ConfigError('START_FAILED', 'The demo data have no users.');
  return { users, keys: await openDemoKeys(state.demoFile, keys, trust, firstUser.id) };
}

function watchSettings(
  { options, log, settings: initial }: Foundation,
  control: Control,
  pool: WorkerPool,
  stack: AsyncDisposableStack,
): void {
  const swap = async (settings: GatewaySettings): Promise<void> => {
    const before = pool.snapshot?.id;
    await control.refresh();
    const snapshotId = pool.snapshot?.id;
    if (snapshotId === before) return;
    log.info({ snapshotId }, 'gateway.yaml has changed; the new settings hold');
    const waiting = changedStartSettings(initial, settings);
    if (waiting.length > 0) log.warn({ settings: waiting }, 'these settings hold from the next start on');
  };
  const keepOld = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ reason }, 'gateway.yaml has changed and cannot be used; the old settings hold');
  };
  stack.defer(options.settings.watch((settings) => void swap(settings).catch(keepOld), keepOld));
}

/** IPv6 addresses stand in brackets in a URL; an address for "all" is reached by loopback. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}
