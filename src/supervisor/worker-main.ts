import type { SendHandle } from 'node:child_process';
import { createPublicKey, type KeyObject } from 'node:crypto';
import process from 'node:process';
import { openSignedSnapshot, type SignedSnapshot } from '../control/signed-snapshot.ts';
import { openUsageSpool } from '../control/usage/usage-spool.ts';
import { ConfigError } from '../errors/errors.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { createPublicServer, type PublicServer } from '../http/public-server.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import type { UsageBatch } from '../limits/usage/usage.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import type { KeyRecord } from '../snapshot.ts';
import type { RedisClient } from '../storage/redis.ts';
import { createUsageAsker } from './ask-usage.ts';
import { lendListener } from './lend-listener.ts';
import { createPrimaryLink } from './primary-link.ts';
import { type PrimaryMessage, readPrimaryMessage, type WorkerMessage } from './protocol.ts';
import { openWorkerDoor, type WorkerDoor } from './worker-door.ts';
import { createWorkerUsage } from './worker-usage.ts';

type StartMessage = Extract<PrimaryMessage, { type: 'start' }>;
type LendMessage = Extract<PrimaryMessage, { type: 'lend' }>;

/** How long requests may take to end when the primary is gone: nobody restarts what holds the port then. */
const ORPHAN_DRAIN_MS = 1_000;
const BUDGET_COMMAND_TIMEOUT_MS = 1_000;
/** How often the primary is told when keys were used. */
const USES_EACH_MS = 2_000;
/** How often a worker without a primary looks whether it can still be found. */
const DOOR_CHECK_MS = 2_000;
/** How long a worker that was asked to end serves on until another one has its place. */
const SUCCESSOR_TIMEOUT_MS = 10_000;
/** How long a worker that ends waits for the primary to take the last of what it has counted. */
const FINISH_TIMEOUT_MS = 3_000;

process.title = 'tributary worker';
const log = createLogger('worker', 'info');
const metrics = createMetrics();
let serving: { readonly gateway: Gateway; readonly server: PublicServer } | undefined;
/** What snapshots are verified by; learned at the start and never changed. */
let snapshotKey: KeyObject | undefined;
/** What the worker was started with; undefined before. */
let startedWith: StartMessage | undefined;
/** The listening socket, kept for the worker that may have to take this one's place. */
let socketHandle: unknown;
let door: WorkerDoor | undefined;
/** Keys that came after the last snapshot. */
let newerKeys: readonly KeyRecord[] | undefined;
let isLeaving = false;

const link = createPrimaryLink({
  onMessage: hear,
  onLost: serveOn,
});
const tell = link.tell;
const usage = createUsageAsker((requestId, query) => tell({ type: 'usage-query', requestId, query }));

const counted = createWorkerUsage((batch) => tell({ type: 'usage', batch }));

process.on('SIGTERM', () => {
  if (!link.isConnected || serving === undefined) return void leave();
  // Another worker takes the place first; the primary says when it does.
  tell({ type: 'leaving' });
  setTimeout(() => void leave(), SUCCESSOR_TIMEOUT_MS).unref();
});
// A terminal sends these to the whole group; the primary says when to stop.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'the worker ends because of an error that nobody caught');
  process.exit(1);
});

/** The primary is gone. Where the next one can find this worker, it serves on until then. */
function serveOn(): void {
  if (isLeaving || (startedWith === undefined && door !== undefined)) return;
  if (door === undefined || serving === undefined) {
    setTimeout(() => process.exit(0), ORPHAN_DRAIN_MS).unref();
    void leave();
    return;
  }
  log.warn('the primary is gone; this worker serves on until the next one comes');
  const timer = setInterval(() => {
    if (link.isConnected) clearInterval(timer);
    else if (door?.isThere() === false) {
      clearInterval(timer);
      log.warn('the state directory is gone: no primary will find this worker, which ends');
      void leave();
    }
  }, DOOR_CHECK_MS).unref();
}

/** A primary of another version may say what this one does not know: that is no reason to stop serving. */
function hear(raw: unknown, handle: unknown): void {
  let message: PrimaryMessage;
  try {
    message = readPrimaryMessage(raw);
  } catch (error) {
    log.error({ reason: (error as Error).message }, 'the primary has said what this worker cannot read');
    return;
  }
  void obey(message, handle);
}

async function obey(message: PrimaryMessage, handle: unknown): Promise<void> {
  switch (message.type) {
    case 'start':
      snapshotKey ??= createPublicKey(message.snapshotKey);
      socketHandle ??= handle;
      return start(message, snapshotKey);
    case 'inherit':
      snapshotKey ??= createPublicKey(message.snapshotKey);
      socketHandle ??= handle;
      return waitForPrimary(message.doorFolder, snapshotKey);
    case 'lend':
      return lend(message);
    case 'reload':
      return reload(message.snapshot);
    case 'warm-up':
      return serving && warmUp(serving.gateway);
    case 'keys':
      newerKeys = deepFreeze(message.keys);
      serving?.gateway.replaceKeys(newerKeys);
      return;
    case 'usage-answer':
      return usage.hear(message);
    case 'usage-taken':
      return counted.taken(message.sequence);
    case 'drain':
      return leave();
    case 'report':
      tell({
        type: 'report',
        requestId: message.requestId,
        metrics: await metrics.registry.getMetricsAsJSON(),
        rssBytes: process.memoryUsage.rss(),
      });
  }
}

/** Lets later primaries find this worker. */
async function openDoor(folder: string, key: KeyObject): Promise<void> {
  door ??= await openWorkerDoor({
    folder,
    key,
    describe: () => ({
      generation: startedWith?.generation ?? null,
      listener: startedWith?.listener ?? null,
      snapshotId: serving?.gateway.snapshotId ?? null,
    }),
    onPrimary(socket) {
      link.take(socket);
      log.info('a primary has come');
    },
    log,
  });
}

/** The worker has the socket and nothing to serve: whoever had it made comes at once, or never. */
async function waitForPrimary(folder: string, key: KeyObject): Promise<void> {
  await openDoor(folder, key);
  tell({ type: 'waiting' });
  setTimeout(() => {
    if (startedWith === undefined) process.exit(1);
  }, SUCCESSOR_TIMEOUT_MS).unref();
  // Nothing else keeps the process alive until then.
  const keepAlive = setInterval(() => {
    if (startedWith !== undefined) clearInterval(keepAlive);
  }, DOOR_CHECK_MS);
}

async function lend({ requestId, program, execArgv }: LendMessage): Promise<void> {
  try {
    if (startedWith?.doorFolder === undefined) throw new Error('the worker has no door');
    const pid = await lendListener({
      program,
      execArgv,
      handle: socketHandle as SendHandle,
      doorFolder: startedWith.doorFolder,
      snapshotKey: startedWith.snapshotKey,
    });
    tell({ type: 'lent', requestId, pid, message: '' });
  } catch (error) {
    tell({ type: 'lent', requestId, pid: null, message: (error as Error).message });
  }
}

async function start(message: StartMessage, key: KeyObject): Promise<void> {
  try {
    const snapshot = await openSignedSnapshot(message.snapshot, key);
    const { settings } = snapshot;
    log.level = settings.logging.level;
    startedWith = message;
    const { secrets, doorFolder } = message;
    const clients = secrets.redisUrl === undefined ? {} : await connectRedis(secrets.redisUrl);
    const gateway = await createGateway({
      snapshot,
      secrets,
      log,
      metrics,
      readUsage: usage.read,
      ...clients,
    });
    // The first call of an app is to be as fast as any: what apps have published is compiled before they can call.
    if (snapshot.documents.length > 0 && settings.documents.warmMs > 0) await warmUp(gateway);
    const server = createPublicServer({ gateway, settings, log, metrics });
    if (doorFolder !== undefined) await openDoor(doorFolder, key);
    const { port } = await server.listen({ handle: socketHandle });
    serving = { gateway, server };
    setInterval(() => tellUses(gateway), USES_EACH_MS).unref();
    counted.follow(gateway.usage, settings.usage.flushMs);
    tell({ type: 'ready', snapshotId: gateway.snapshotId, port });
  } catch (error) {
    process.exitCode = 1;
    tell(describeStartFailure(error), () => process.exit());
  }
}

/** Loaded when there is a Redis to talk to. */
async function connectRedis(
  url: string,
): Promise<{ readonly redis: RedisClient; readonly budgetRedis: RedisClient }> {
  const { createRedisClient } = await import('../storage/redis.ts');
  const redis = createRedisClient(url, {
    name: 'tributary-worker',
    onReady: () => log.info('connected to Redis'),
    onAway: (reason) => log.warn({ reason }, 'Redis is away; this worker goes on by itself'),
  });
  // Budgets give up by a clock of their own, which lets a busy process read an answer that is there.
  const budgetRedis = createRedisClient(url, {
    name: 'tributary-budgets',
    commandTimeoutMs: BUDGET_COMMAND_TIMEOUT_MS,
  });
  return { redis, budgetRedis };
}

/** What was used while nobody listens is told later. */
function tellUses(gateway: Gateway): void {
  if (!link.isConnected) return;
  const uses = gateway.takeKeyUses();
  if (uses.length > 0) tell({ type: 'key-uses', uses: [...uses] });
}

function describeStartFailure(error: unknown): WorkerMessage {
  if (error instanceof ConfigError) return { type: 'failed', code: error.code, message: error.message };
  const { code, stack, message } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE'
    ? {
        type: 'failed',
        code: 'PORT_TAKEN',
        message: 'The port is taken: the public listener cannot listen there.',
      }
    : { type: 'failed', code: 'START_FAILED', message: stack ?? message };
}

async function reload(signed: SignedSnapshot): Promise<void> {
  try {
    if (snapshotKey === undefined) throw new Error('the worker was not started');
    newerKeys = undefined;
    const snapshot = await openSignedSnapshot(signed, snapshotKey);
    const reloaded = serving?.gateway.reload(snapshot);
    // Keys that came while it was opened are newer than its own.
    if (newerKeys !== undefined) serving?.gateway.replaceKeys(newerKeys);
    await reloaded;
    log.level = snapshot.settings.logging.level;
    tell({ type: 'reloaded', snapshotId: snapshot.id });
  } catch (error) {
    const message = error instanceof ConfigError ? error.message : ((error as Error).stack ?? String(error));
    log.error({ reason: message, snapshotId: signed.id }, 'a new snapshot is refused; the one before holds');
    tell({ type: 'reload-failed', snapshotId: signed.id, message });
  }
}

/** A worker whose planner does not start serves on: each operation that needs a plan tries again. */
async function warmUp(gateway: Gateway): Promise<void> {
  try {
    await gateway.warmUp();
  } catch (error) {
    log.error({ err: error }, 'the planner does not start');
  }
}

/** What no primary has taken waits on disk for the next one, which knows by its number what was counted already. */
function keepUsage(batches: readonly UsageBatch[]): void {
  const path = startedWith?.usageSpoolPath;
  if (batches.length === 0 || serving === undefined || path === undefined) return;
  try {
    const spool = openUsageSpool(path, serving.gateway.settings.usage.spoolBytes);
    if (batches.every((batch) => spool.add(batch))) return;
    log.error('usage is lost: there is no room for it on disk (usage.spoolBytes)');
  } catch (error) {
    log.error({ err: error }, 'usage is lost: it cannot be kept on disk');
  }
}

/** Answers what is under way, then ends with exit code 0. */
async function leave(): Promise<void> {
  // What leaves already is not hurried: the second to ask would end it before its last answer.
  if (isLeaving) return;
  isLeaving = true;
  await serving?.server.drain();
  await serving?.gateway.close();
  if (serving !== undefined) tellUses(serving.gateway);
  keepUsage(await counted.finish(link.isConnected ? FINISH_TIMEOUT_MS : 0));
  door?.close();
  process.exit(0);
}
