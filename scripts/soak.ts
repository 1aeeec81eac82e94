import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { distinctDocument } from '../test/kit/distinct-documents.ts';
import { createTestGateway } from '../test/kit/gateway.ts';
import { LINK } from '../test/kit/subgraph.ts';

/**
 * Sends many distinct documents to a gateway and watches its memory: `npm run soak -- [REQUESTS] [DOCUMENTS]`, 200,000
 * and 5,000 unless told otherwise. Prints heap and resident memory after garbage collection as it goes, and ends with
 * exit code 1 when the heap grows in the second half of the run.
 *
 * Caches are bounded below what the documents would take, so that entries come and go all the time. The subgraph
 * stands in the same process and keeps nothing.
 */

const [requests = 200_000, documents = 5_000] = process.argv.slice(2).map(Number);
const CONCURRENCY = 32;
const SAMPLES = 20;
/** Every other request is of so many documents that clients send often; the rest of all of them. */
const POPULAR = 100;
/** Growth over the second half that is taken for noise, as a share of the heap. */
const NOISE = 0.05;
const MIB = 1_048_576;
const YAML = `
planning: { cacheBytes: ${8 * MIB} }
limits: { selections: 1000 }
logging: { level: error }
`;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Sample {
  readonly done: number;
  readonly heapMib: number;
  readonly rssMib: number;
}

/** Answers tokens and their prices under whatever aliases it is asked. */
async function startSubgraph() {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { query } = JSON.parse(Buffer.concat(chunks).toString()) as { query: string };
    const alias = /(price\d+):price/.exec(query)?.[1] ?? 'price';
    const token = { __typename: 'Token', id: 't1', [alias]: '1 USD', volume: 2 };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: { tokens: [token] } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sdl = `${LINK}
    type Query { tokens(ids: [ID!]!): [Token!]! }
    type Token @key(fields: "id") { id: ID! price(currency: String = "USD"): String volume: Int }`;
  const { port } = server.address() as AddressInfo;
  return { server, name: 'tokens', sdl, url: `http://127.0.0.1:${port}/graphql` };
}

function takeSample(done: number): Sample {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { done, heapMib: (heapUsed + external) / MIB, rssMib: rss / MIB };
}

/** Least squares. @returns what is gained from the first sample to the last */
function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ done }) => done)), mean(samples.map(of))];
  const slope =
    samples.reduce((sum, sample) => sum + (sample.done - x) * (of(sample) - y), 0) /
    samples.reduce((sum, { done }) => sum + (done - x) ** 2, 0);
  return slope * ((samples.at(-1)?.done ?? 0) - (samples[0]?.done ?? 0));
}

const subgraph = await startSubgraph();
const gateway = await createTestGateway({ subgraphs: [subgraph], yaml: YAML, open: true });
let sent = 0;
const chunk = Math.ceil(requests / SAMPLES);

async function sendUpTo(limit: number): Promise<void> {
  while (sent < limit) {
    const number = sent;
    sent += 1;
    // Primes spread the numbers: no two neighbours, and each document in its turn.
    const document = number % 2 === 0 ? (number * 37) % POPULAR : ((number >> 1) * 2_221) % documents;
    const { status, body } = await gateway.query(distinctDocument(document));
    if (status !== 200 || body.errors !== undefined)
      throw new Error(`request ${number}: ${JSON.stringify(body)}`);
  }
}

process.stdout.write('  requests   heap MiB    RSS MiB   seconds\n');
const samples: Sample[] = [];
const startMs = performance.now();
for (let part = 1; part <= SAMPLES; part += 1) {
  const limit = Math.min(requests, part * chunk);
  await Promise.all(Array.from({ length: CONCURRENCY }, () => sendUpTo(limit)));
  const sample = takeSample(limit);
  samples.push(sample);
  const columns = [sample.done, sample.heapMib.toFixed(1), sample.rssMib.toFixed(0)];
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  process.stdout.write(`${[...columns, seconds].map((text) => String(text).padStart(10)).join(' ')}\n`);
}

const half = samples.slice(SAMPLES / 2);
const [heap, rss] = [growth(half, ({ heapMib }) => heapMib), growth(half, ({ rssMib }) => rssMib)];
const isFlat = heap <= NOISE * (half[0]?.heapMib ?? 0);
const { values } = await gateway.metrics.operationCache.get();
const counts = values.map(({ labels, value }) => `${value} ${labels.result}`).join(', ');
process.stdout.write(`compiled operations: ${counts}\n`);
process.stdout.write(
  `${isFlat ? 'flat' : 'GROWING'}: over the second half the heap changes by ${heap.toFixed(1)} MiB, RSS by ${rss.toFixed(0)} MiB\n`,
);
process.exitCode = isFlat ? 0 : 1;
await gateway[Symbol.asyncDispose]();
subgraph.server.closeAllConnections();
subgraph.server.close();
