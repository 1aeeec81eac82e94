import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRedisClient } from '../src/storage/redis.ts';
import { createTestGateway, createTestKey } from '../test/kit/gateway.ts';
import { junkRegistration, registration } from '../test/kit/junk-documents.ts';
import { startRedis } from '../test/kit/redis.ts';
import { createTestSubgraph } from '../test/kit/subgraph.ts';

/**
 * Registers documents that nobody asks for again, and watches what that leaves behind:
 * `npm run soak:registrations -- [DOCUMENTS]`, a million unless told otherwise.
 *
 * A caller with a key, whom no quota holds back, sends another document with its hash in every request; a Redis of its
 * own and the memory of the process keep what they may, 16 MiB each. Every thousandth request asks for one document by
 * its hash alone, as an app would. Prints what is held as it goes, after garbage collection, and ends with exit code 1
 * when it is out of bounds, when the app's document was lost, or the published one. From 400,000 documents on the heap,
 * too, has to stay as it is over the second half.
 */

const [documents = 1_000_000] = process.argv.slice(2).map(Number);
const CONCURRENCY = 32;
const SAMPLES = 10;
const APP_EVERY = 1_000;
const BYTES = 16 * 1_048_576;
const MIB = 1_048_576;
/** What bookkeeping may take in Redis and in memory, as a multiple of the bytes that are counted. */
const OVERHEAD = 2;
/** By half of so many documents the caches of parsed and compiled operations are full as well. */
const FILLED_BY = 400_000;
/** Growth over the second half that is taken for noise, as a share of the heap. */
const NOISE = 0.05;
const APP = 'query App { hello }';
const PUBLISHED = 'query Published { hello }';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

await using redis = await startRedis();
await using subgraph = await createTestSubgraph({
  name: 'greeting',
  sdl: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'world' } },
});
const key = createTestKey();
const { promise: isReady, resolve } = Promise.withResolvers<void>();
const client = createRedisClient(redis.url, { name: 'soak', commandTimeoutMs: 10_000, onReady: resolve });
await isReady;
await using gateway = await createTestGateway({
  subgraphs: [subgraph],
  keys: [key.record],
  documents: [{ client: 'web', id: 'published', text: PUBLISHED }],
  redis: client,
  yaml: `documents: { automatic: { bytes: ${BYTES} } }\nlogging: { level: error }`,
});

const post = (body: string, headers = {}) =>
  gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key.text, ...headers },
    body,
  });
const appByHash = JSON.stringify({
  extensions: { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(APP).digest('hex') } },
});

let sent = 0;
let lost = 0;
async function sendUpTo(limit: number): Promise<void> {
  while (sent < limit) {
    const number = sent;
    sent += 1;
    const isApp = number % APP_EVERY === 0;
    const { body } = await post(isApp ? appByHash : junkRegistration(number));
    if (isApp && body.data?.hello !== 'world') lost += 1;
    if (!isApp && body.data?.__typename !== 'Query')
      throw new Error(`request ${number}: ${JSON.stringify(body)}`);
  }
}

interface Sample {
  readonly done: number;
  readonly heapMib: number;
  readonly rssMib: number;
  readonly redisMib: number;
  readonly kept: number;
}

async function takeSample(): Promise<Sample> {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  const memory = String(await redis.command('INFO', 'memory'));
  return {
    done: sent,
    heapMib: (heapUsed + external) / MIB,
    rssMib: rss / MIB,
    redisMib: Number(/used_memory:(\d+)/.exec(memory)?.[1]) / MIB,
    kept: Number(await redis.command('HLEN', '{tributary:documents}:text')),
  };
}

function print({ done, heapMib, rssMib, redisMib, kept }: Sample): void {
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  const columns = [done, kept, redisMib.toFixed(1), heapMib.toFixed(1), rssMib.toFixed(0), seconds];
  console.log(columns.map((text) => String(text).padStart(11)).join(' '));
}

await post(registration(APP));
console.log(' registered  in Redis   Redis MiB   heap MiB     RSS MiB     seconds');
const startMs = performance.now();
const samples = [await takeSample()];
for (let part = 1; part <= SAMPLES; part += 1) {
  const limit = Math.ceil((documents * part) / SAMPLES);
  await Promise.all(Array.from({ length: CONCURRENCY }, () => sendUpTo(limit)));
  const sample = await takeSample();
  samples.push(sample);
  print(sample);
}

const middle = samples[SAMPLES / 2] as Sample;
const [first, last] = [samples[0], samples.at(-1)] as [Sample, Sample];
const most = (OVERHEAD * BYTES) / MIB;
const published = await post(JSON.stringify({ documentId: 'published' }), { 'graphql-client-name': 'web' });
const faults = [
  last.redisMib - first.redisMib > most && `Redis grew by more than ${most} MiB`,
  documents >= FILLED_BY &&
    last.heapMib - middle.heapMib > NOISE * middle.heapMib &&
    'the heap grows once all caches are full',
  lost > 0 && `the document of the app was lost ${lost} times`,
  published.body.data?.hello !== 'world' && 'the published document was lost',
].filter((fault) => fault !== false);
console.log(
  `over the second half: Redis ${(last.redisMib - middle.redisMib).toFixed(1)} MiB, heap ${(last.heapMib - middle.heapMib).toFixed(1)} MiB, RSS ${(last.rssMib - middle.rssMib).toFixed(0)} MiB`,
);
console.log(faults.length === 0 ? 'bounded' : `OUT OF BOUNDS: ${faults.join('; ')}`);
process.exitCode = faults.length === 0 ? 0 : 1;
client.disconnect();
