import { parseArgs } from 'node:util';
import type { TrustedDocument } from '../src/snapshot.ts';
import {
  createTestGateway,
  createTestKey,
  createTestSnapshot,
  type TestAnswer,
} from '../test/kit/gateway.ts';
import { subgraphSdl } from './canned/canned-subgraph.ts';
import { startProcess } from './measured-process.ts';
import { createWorkload } from './workloads/workloads.ts';

/**
 * Measures the first call of each published document after a swap to another schema against later ones:
 * `npm run bench:swap -- [--swaps N] [--documents N]`.
 *
 * The platform's own Dashboard, in as many documents as it is told, runs with a key, access directives and budgets. After each
 * swap every document is asked for once, then a few times more, one call at a time. Gateway and client share a process,
 * so both share its garbage collection; the subgraphs have one of their own. Times are those of whole requests.
 */

const { values } = parseArgs({
  options: { swaps: { type: 'string', default: '20' }, documents: { type: 'string', default: '25' } },
});
const SWAPS = Number(values.swaps);
const DOCUMENTS = Number(values.documents);
/** Steady calls of each document after each swap. */
const LATER_CALLS = 4;
/** Swaps before anything is counted: code is compiled by Node, connections are opened. */
const WARM_SWAPS = 3;
/** The most that the first call may take, as a multiple of later ones, at the 99th percentile. */
const TARGET = 1.2;

const workload = createWorkload('dashboard');
const { query: text } = workload.request(0);
const documents: TrustedDocument[] = Array.from({ length: DOCUMENTS }, (_, number) => ({
  client: 'bench',
  id: `dashboard-${number}`,
  text: text.replace(/query\s+\w+/, `query Dashboard${number}`),
}));
const key = createTestKey({ client: 'bench', tier: 'BUSINESS', userId: 'u1', scopes: ['portfolio:read'] });

await using processes = new AsyncDisposableStack();
const canned = startProcess('canned-subgraphs');
processes.defer(() => canned.stop());
const { port } = await canned.ask<{ port: number }>('start', workload.name);
const options = {
  subgraphs: workload.subgraphs.map((subgraph) => ({
    name: subgraph.name,
    sdl: subgraphSdl(subgraph),
    url: `http://127.0.0.1:${port}/${subgraph.name}`,
  })),
  keys: [key.record],
  documents,
  yaml: 'budgets: { mode: measure }\ncache: { maxAges: { Query.marketOverview: 10 } }',
};
await using gateway = await createTestGateway(options);
const snapshot = createTestSnapshot(options);

async function ask(document: TrustedDocument, number: number): Promise<number> {
  const body = JSON.stringify({ documentId: document.id, variables: workload.request(number).variables });
  const startMs = performance.now();
  const answer: TestAnswer = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key.text },
    body,
  });
  const ms = performance.now() - startMs;
  if (answer.body?.data?.portfolio == null || answer.body.errors !== undefined) throw new Error(answer.text);
  return ms;
}

async function misses(): Promise<number> {
  const { values: counts } = await gateway.metrics.operationCache.get();
  return counts.find(({ labels }) => labels.result === 'miss')?.value ?? 0;
}

const first: number[] = [];
const later: number[] = [];
const swapMs: number[] = [];
let planned = 0;
let number = 0;
for (let swap = 1 - WARM_SWAPS; swap <= SWAPS; swap += 1) {
  const supergraphSdl = `${snapshot.supergraphSdl}\n# swap ${swap}\n`;
  const startMs = performance.now();
  await gateway.gateway.reload({ ...snapshot, supergraphSdl, id: `swap ${swap}` });
  const tookMs = performance.now() - startMs;
  const before = await misses();
  const calls: number[][] = [];
  for (let round = 0; round <= LATER_CALLS; round += 1) {
    const times: number[] = [];
    for (const document of documents) times.push(await ask(document, number++));
    calls.push(times);
  }
  if (swap < 1) continue;
  planned += (await misses()) - before;
  swapMs.push(tookMs);
  first.push(...(calls[0] ?? []));
  later.push(...calls.slice(1).flat());
}

const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((left, right) => left - right)[Math.ceil(times.length * share) - 1] ?? Number.NaN;
const row = (name: string, times: readonly number[]): string =>
  `| ${name} | ${times.length} | ${[0.5, 0.95, 0.99].map((share) => percentile(times, share).toFixed(2)).join(' | ')} |`;
const ratio = percentile(first, 0.99) / percentile(later, 0.99);
console.log(
  `${SWAPS} swaps with ${DOCUMENTS} documents, each swap ${percentile(swapMs, 0.5).toFixed(0)} ms in the median\n`,
);
console.log('| call after a swap | calls | p50 ms | p95 ms | p99 ms |\n|---|---:|---:|---:|---:|');
console.log(row('first of a document', first));
console.log(row('later ones', later));
console.log(`\np99 of first calls ÷ p99 of later ones: ${ratio.toFixed(2)} (at most ${TARGET} is wanted)`);
console.log(`first calls that had to wait for a plan: ${planned}`);
