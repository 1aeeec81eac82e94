import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Agent, request } from 'undici';
import { createPricedSubgraph } from '../../kit/budget-gateway.ts';
import { composeTestSupergraph } from '../../kit/gateway.ts';
import { startRedis, type TestRedis } from '../../kit/redis.ts';
import { type RunningCommand, runTributary } from '../../kit/run-tributary.ts';
import type { TestSubgraph } from '../../kit/subgraph.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../kit/temporary-folder.ts';

const WORKERS = 4;
const REQUESTS = 1_000;
const POINTS = 100;
/** A busy machine must not make a worker decide by itself: exactness is what is tested. */
const SETTINGS = `
server: { workers: ${WORKERS}, trustedProxies: ["127.0.0.0/8"] }
tiers:
  ANONYMOUS: { bucketPoints: ${POINTS}, refillPerSecond: 0 }
budgets: { decisionTimeoutMs: 10000 }
`;

describe(`${REQUESTS} operations of 1 point at once, ${POINTS} points left, ${WORKERS} worker processes and Redis`, () => {
  let redis: TestRedis;
  let subgraph: TestSubgraph;
  let folder: TemporaryFolder;
  let command: RunningCommand;
  let url: string;
  let adminUrl: string;
  const agent = new Agent({ connections: 64 });

  before(async () => {
    redis = await startRedis();
    subgraph = await createPricedSubgraph();
    folder = createTemporaryFolder();
    const supergraph = folder.write('supergraph.graphql', composeTestSupergraph([subgraph]));
    const settings = folder.write('gateway.yaml', SETTINGS);
    command = runTributary(
      [
        'serve',
        ...['--supergraph', supergraph, '--gateway-config', settings],
        ...['--port', '0', '--admin-port', '0', '--state-dir', join(folder.path, 'state')],
      ],
      { env: { REDIS_URL: redis.url } },
    );
    [, url = ''] = await command.waitFor(/^ready {2}(http:\/\/127\.0\.0\.1:\d+\/graphql)$/m);
    [, adminUrl = ''] = await command.waitFor(/admin +(http:\S+)\/metrics/);
  });
  after(async () => {
    await agent.close();
    await command[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** The status of an answer; undefined when the worker died before it. */
  const ask = async (address: string): Promise<number | undefined> => {
    try {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ query: '{ one }' }),
      });
      await body.dump();
      return statusCode;
    } catch {
      return undefined;
    }
  };
  const count = (statuses: readonly (number | undefined)[], status: number | undefined) =>
    statuses.filter((each) => each === status).length;

  it(`lets exactly ${POINTS} pass`, async () => {
    const statuses = await Promise.all(Array.from({ length: REQUESTS }, () => ask('203.0.113.1')));
    assert.deepEqual([count(statuses, 200), count(statuses, 429)], [POINTS, REQUESTS - POINTS]);
  });

  it('lets no more pass when a worker is killed in the middle, and loses no more than it had under way', async () => {
    const token = readFileSync(join(folder.path, 'state', 'admin-token'), 'utf8').trim();
    const { body } = await request(`${adminUrl}/api/status`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { workers } = (await body.json()) as { workers: { pid: number }[] };
    assert.equal(workers.length, WORKERS);
    let killed: Promise<unknown> | undefined;
    const statuses = await Promise.all(
      Array.from({ length: REQUESTS }, async () => {
        const status = await ask('203.0.113.2');
        killed ??= (async () => process.kill(workers[0]?.pid ?? 0, 'SIGKILL'))();
        return status;
      }),
    );
    await killed;
    const passed = count(statuses, 200);
    const died = count(statuses, undefined);
    assert.ok(passed <= POINTS, `${passed} passed`);
    assert.ok(passed >= POINTS - died, `${passed} passed and ${died} died`);
    // Nothing of what died is given out again.
    const left = await redis.command('HGET', 'tributary:{address%20203.0.113.2}:budget', 'level');
    assert.equal(left, '0');
  });
});
