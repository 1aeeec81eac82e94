import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { openUsage } from '../../../src/control/usage/open-usage.ts';
import { createUsageIntake } from '../../../src/control/usage/usage-intake.ts';
import { openUsageSpool } from '../../../src/control/usage/usage-spool.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { chooseControlEngine, openDatabase } from '../../../src/storage/database.ts';
import { startPostgres } from '../../kit/postgres.ts';
import { until } from '../../kit/processes.ts';
import { startTcpProxy } from '../../kit/tcp-proxy.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import { createTestSource } from '../../kit/usage.ts';

const ALL = { fromDay: 0, toDay: 1_000_000 };

test('while PostgreSQL is cut off or frozen usage waits on disk, and every batch is counted once when it is back', async () => {
  using folder = createTemporaryFolder();
  await using postgres = await startPostgres();
  const address = new URL(await postgres.createDatabase());
  await using proxy = await startTcpProxy(Number(address.port));
  address.port = String(proxy.port);
  const log = createLogger('test', 'silent');
  const database = await openDatabase(chooseControlEngine({ file: ':memory:', databaseUrl: address.href }));
  const usage = openUsage({ database, settings: defaultGatewaySettings, log });
  const spool = openUsageSpool(folder.path, 1_000_000);
  const intake = createUsageIntake({
    store: usage,
    spool,
    isReachable: usage.isReachable,
    log,
    storeTimeoutMs: 500,
    retryMs: 50,
  });
  const batch = createTestSource();
  let sent = 0;
  const send = async (): Promise<void> => {
    sent += 1;
    await intake.take(batch([{ atMs: Date.now(), accountId: 'acc', operations: 1, points: 2 }]));
  };
  const counted = async () => {
    const [row] = await usage.queries.list(ALL, [], 1);
    return [row?.operations, row?.points];
  };

  await send();
  assert.deepEqual(await counted(), [1, 2]);
  for (const away of [proxy.cut, proxy.freeze]) {
    away();
    for (let index = 0; index < 3; index += 1) await send();
    assert.equal(readdirSync(folder.path).length, 3);
    proxy.restore();
    await until(() => spool.isEmpty);
    await send();
    assert.deepEqual(await counted(), [sent, 2 * sent]);
    assert.deepEqual(readdirSync(folder.path), []);
  }
  await intake.close();
  usage.close();
  await database.destroy();
});
