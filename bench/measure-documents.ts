import { parseArgs } from 'node:util';
import { compose } from './measure-workload.ts';
import { startProcess } from './measured-process.ts';
import type { Usage } from './programs/control.ts';
import type { GatewayStart } from './programs/gateway-start.ts';
import type { DocumentNaming, LoadOrder, LoadReport } from './programs/load-generator.ts';
import { createWorkload, WORKLOADS } from './workloads/workloads.ts';

/**
 * Measures what a request by id costs beside the same request by text, in CPU time of one gateway process:
 * `npm run bench:documents -- [--only dashboard,store] [--rounds N] [--seconds S]`.
 *
 * One gateway serves all three ways in turn (text, id, hash, text, …), so that all of them meet the same compiled code
 * and the same neighbours; the table has medians over rounds. Each workload is measured twice: with nothing shared
 * between requests, and with all of it, where requests that are equal cost little more than being read.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'dashboard,store' },
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
  },
});
const NAMINGS = ['query', 'documentId', 'persistedQuery'] as const satisfies readonly DocumentNaming[];
const WARM_ROUNDS = 4;
const layers = (isOn: boolean) => ({ entities: true, requests: isOn, coalesce: isOn, operations: isOn });
const SHARING = { 'nothing shared between requests': layers(false), 'all shared': layers(true) } as const;

async function measure(
  name: string,
  sharing: keyof typeof SHARING,
  rounds: number,
  roundMs: number,
): Promise<string> {
  const workload = createWorkload(name);
  const { query } = workload.request(0);
  await using processes = new AsyncDisposableStack();
  const [subgraphs, generator, gateway] = ['canned-subgraphs', 'load-generator', 'tributary-gateway'].map(
    (program) => {
      const started = startProcess(program);
      processes.defer(() => started.stop());
      return started;
    },
  );
  if (subgraphs === undefined || generator === undefined || gateway === undefined)
    throw new Error('no process');
  const { port: subgraphPort } = await subgraphs.ask<{ port: number }>('start', name);
  await generator.ask('start', name);
  const subgraphOrigin = `http://127.0.0.1:${subgraphPort}`;
  const { port } = await gateway.ask<{ port: number }>('start', {
    workload: name,
    supergraphSdl: compose(workload, subgraphOrigin),
    subgraphOrigin,
    setup: { settings: { sharing: SHARING[sharing] } },
    documents: [query],
  } satisfies GatewayStart);

  let from = 0;
  const run = async (naming: DocumentNaming, order: Pick<LoadOrder, 'maxRequests' | 'maxMs' | 'check'>) => {
    const before = await gateway.ask<Usage>('usage');
    const load: LoadOrder = { ...order, port, from, answersEach: true, naming };
    const { requests, faults } = await generator.ask<LoadReport>('run', load);
    const after = await gateway.ask<Usage>('usage');
    if (faults.length > 0) throw new Error(`${name} by ${naming} answers wrongly\n${faults.join('\n')}`);
    from += requests;
    return (after.cpuMs - before.cpuMs) / requests;
  };
  for (const naming of NAMINGS) await run(naming, { maxRequests: 50, maxMs: 30_000, check: 'whole' });
  const cpuMs: Record<DocumentNaming, number[]> = { query: [], documentId: [], persistedQuery: [] };
  for (let round = -WARM_ROUNDS; round < rounds; round += 1) {
    for (const naming of NAMINGS) {
      const ms = await run(naming, { maxRequests: Number.MAX_SAFE_INTEGER, maxMs: roundMs, check: 'length' });
      if (round >= 0) cpuMs[naming].push(ms);
    }
  }
  return report(`${name}, ${sharing}`, query, cpuMs);
}

function report(title: string, query: string, cpuMs: Readonly<Record<DocumentNaming, number[]>>): string {
  const byText = median(cpuMs.query);
  const rows = NAMINGS.map((naming) => {
    // Of the same round: what disturbs one of them disturbs its neighbour as well.
    const ratios = cpuMs[naming].map((ms, round) => ms / (cpuMs.query[round] ?? Number.NaN));
    const least = Math.min(...cpuMs[naming]);
    return `| ${naming} | ${median(cpuMs[naming]).toFixed(3)} | ${least.toFixed(3)} | ${median(ratios).toFixed(3)} |`;
  });
  const saved = ((byText - median(cpuMs.documentId)) * 1000).toFixed(0);
  return [
    `### ${title}`,
    '',
    `a document of ${Buffer.byteLength(query)} bytes; an id saves ${saved} µs of CPU time a request`,
    '',
    '| named by | CPU ms/request, median | least | ÷ text, same round |',
    '|---|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n');
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const names = values.only.split(',').filter(Boolean);
const unknown = names.find((name) => !(name in WORKLOADS));
if (unknown !== undefined)
  throw new Error(`--only: "${unknown}" is none of ${Object.keys(WORKLOADS).join(', ')}`);
for (const name of names) {
  for (const sharing of Object.keys(SHARING) as (keyof typeof SHARING)[]) {
    console.log(await measure(name, sharing, Number(values.rounds), Number(values.seconds) * 1000));
  }
}
