import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { exportJWK, generateKeyPair } from 'jose';
import { gatewaySettings } from '../../src/config/gateway-settings.ts';
import type { GatewayOptions } from '../../src/gateway.ts';
import { createGateway, createPublicServer } from '../../src/index.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import { createRedisClient } from '../../src/storage/redis.ts';
import { serveCommands } from './control.ts';
import { BENCH_GUARDS, type GatewayStart } from './gateway-start.ts';

/** Long enough for the largest answer on a busy machine: a benchmark of answers, not of deadlines. */
const SETTINGS = { logging: { level: 'error' }, subgraphs: { all: { timeoutMs: 20_000 } } };

/** The connections of a worker, once they are there: a first request that finds none would be decided without Redis. */
async function connectRedis(url: string): Promise<Pick<GatewayOptions, 'redis' | 'budgetRedis'>> {
  const redis = createRedisClient(url, { name: 'bench' });
  const budgetRedis = createRedisClient(url, { name: 'bench-budgets', commandTimeoutMs: 1_000 });
  await Promise.all([once(redis, 'ready'), once(budgetRedis, 'ready')]);
  return { redis, budgetRedis };
}

/** Tributary as one worker runs it, without keys, from a snapshot. */
serveCommands({
  async start({ supergraphSdl, setup, documents = [], keys = [], isOpen = true, redisUrl }: GatewayStart) {
    const settings = gatewaySettings.parse({ ...SETTINGS, ...setup.settings });
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const log = createLogger('bench', settings.logging.level);
    const metrics = createMetrics();
    const gateway = await createGateway({
      snapshot: {
        id: 'bench',
        supergraphSdl,
        apiSdl: printApiSchema(supergraphSdl),
        routingUrls: {},
        keys,
        documents: documents.map((text) => ({
          client: 'bench',
          id: createHash('sha256').update(text).digest('hex'),
          text,
        })),
        settings,
        open: isOpen,
      },
      secrets: {
        ...BENCH_GUARDS,
        signingKey: { ...(await exportJWK(privateKey)), kid: 'gateway' },
      },
      log,
      metrics,
      ...(redisUrl === undefined ? {} : await connectRedis(redisUrl)),
      ...setup.options,
    });
    const server = createPublicServer({ gateway, settings, log, metrics });
    return server.listen({ host: '127.0.0.1', port: 0 });
  },
});
