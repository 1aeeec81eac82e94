import { createPublicKey, type KeyObject } from 'node:crypto';
import process from 'node:process';
import { openSignedSnapshot, type SignedSnapshot } from '../control/signed-snapshot.ts';
import { ConfigError } from '../errors/errors.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { createPublicServer, type PublicServer } from '../http/public-server.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import type { WorkerSecrets } from '../snapshot.ts';
import type { RedisClient } from '../storage/redis.ts';
import { createUsageAsker } from './ask-usage.ts';
import { readPrimaryMessage, type WorkerMessage } from './protocol.ts';
import { createWorkerUsage } from './worker-usage.ts';

/** How long requests may take to end when the primary is gone: nobody restarts what holds the port then. */
const ORPHAN_DRAIN_MS = 1_000;
const BUDGET_COMMAND_TIMEOUT_MS = 1_000;

process.title = 'tributary worker';
const log = createLogger('worker', 'info');
const metrics = createMetrics();
let serving: { readonly gateway: Gateway; readonly server: PublicServer } | undefined;
/** What snapshots are verified by; learned at the start and never changed. */
let snapshotKey: KeyObject | undefined;
let isLeaving = false;
/** How often the primary is told when keys were used. */
const USES_EACH_MS = 2_000;

const usage = createUsageAsker((requestId, query) => tell({ type: 'usage-query', requestId, query }));

const counted = createWorkerUsage((batch) => tell({ type: 'usage', batch }));

const tell = (message: WorkerMessage): void => {
  process.send?.(message, undefined, undefined, () => {});
};

process.on('message', (message: unknown, handle: unknown) => void obey(message, handle));
process.on('SIGTERM', () => void leave());
// A terminal sends Ctrl-C to the whole group; the primary says when to stop.
process.on('SIGINT', () => {});
process.on('disconnect', () => {
  setTimeout(() => process.exit(0), ORPHAN_DRAIN_MS).unref();
  void leave();
});
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'the worker ends because of an error that nobody caught');
  process.exit(1);
});

async function obey(raw: unknown, handle: unknown): Promise<void> {
  const message = readPrimaryMessage(raw);
  switch (message.type) {
    case 'start':
      snapshotKey ??= createPublicKey(message.snapshotKey);
      return start(message.snapshot, snapshotKey, message.secrets, handle);
    case 'reload':
      return reload(message.snapshot);
    case 'warm-up':
      return serving && warmUp(serving.gateway);
    case 'keys':
      serving?.gateway.replaceKeys(deepFreeze(message.keys));
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

async function start(
  signed: SignedSnapshot,
  key: KeyObject,
  secrets: WorkerSecrets,
  handle: unknown,
): Promise<void> {
  try {
    const snapshot = openSignedSnapshot(signed, key);
    const { settings } = snapshot;
    log.level = settings.logging.level;
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
    const { port } = await server.listen({ handle });
    serving = { gateway, server };
    setInterval(() => tellUses(gateway), USES_EACH_MS).unref();
    counted.follow(gateway.usage, settings.usage.flushMs);
    if (isLeaving) return leave();
    tell({ type: 'ready', snapshotId: gateway.snapshotId, port });
  } catch (error) {
    process.exitCode = 1;
    process.send?.(describeStartFailure(error), undefined, undefined, () => process.exit());
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

function tellUses(gateway: Gateway): void {
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
    const snapshot = openSignedSnapshot(signed, snapshotKey);
    await serving?.gateway.reload(snapshot);
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

/** Answers what is under way, then ends with exit code 0. */
async function leave(): Promise<void> {
  isLeaving = true;
  await serving?.server.drain();
  await serving?.gateway.close();
  if (serving !== undefined) tellUses(serving.gateway);
  // A primary that is gone takes nothing any more.
  if (process.connected) await counted.finish();
  process.exit(0);
}
