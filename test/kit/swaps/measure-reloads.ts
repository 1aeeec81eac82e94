import { setTimeout as pause } from 'node:timers/promises';
import { subgraphSdl } from '../../../bench/canned/canned-subgraph.ts';
import { collectGarbage } from '../collect-garbage.ts';
import { createTestGateway, createTestKey, createTestSnapshot, type TestGatewayOptions } from '../gateway.ts';
import type { CannedReleases } from './release-platform.ts';
import { createReleases, RULES_FILE, releaseSdl, releaseUrl } from './releases.ts';

/** Memory after so many swaps, in bytes. */
export interface SwapSample {
  readonly swaps: number;
  /** Heap and buffers after garbage collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

export interface ReloadEffort {
  readonly swaps: number;
  readonly samples: number;
}

const REQUESTS_BETWEEN = 5;
/** Old engines close behind the back of whoever swaps. */
const CLOSING_MS = 50;

/** Swaps two versions of the platform's schema in turn, with requests in between, and watches memory. */
export async function measureReloads(
  canned: CannedReleases,
  { swaps, samples }: ReloadEffort,
  onSample: (sample: SwapSample) => void = () => {},
): Promise<readonly SwapSample[]> {
  const key = createTestKey({ scopes: ['portfolio:read'], userId: 'user_load', tier: 'ENTERPRISE' });
  const { subgraphs, request } = createReleases();
  const optionsOf = (release: number): TestGatewayOptions => ({
    subgraphs: subgraphs.map((subgraph) => ({
      name: subgraph.name,
      url: releaseUrl(subgraph.name, canned.port),
      sdl: subgraph.name === 'release' ? releaseSdl(release) : subgraphSdl(subgraph),
    })),
    yaml: `rules: { file: ${RULES_FILE} }\nbudgets: { mode: measure }\n`,
    keys: [key.record],
  });
  const snapshots = [createTestSnapshot(optionsOf(2)), createTestSnapshot(optionsOf(1))] as const;
  await using gateway = await createTestGateway(optionsOf(1));
  const taken: SwapSample[] = [];
  for (let swap = 1; swap <= swaps; swap += 1) {
    for (let count = 0; count < REQUESTS_BETWEEN; count += 1) {
      const { query, variables = {} } = request(count);
      const { body } = await gateway.query(query, { variables, headers: { 'x-api-key': key.text } });
      if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
    }
    await gateway.gateway.reload(snapshots[(swap - 1) % 2 === 0 ? 0 : 1]);
    if (swap % Math.floor(swaps / samples) !== 0) continue;
    await pause(CLOSING_MS);
    const sample = { swaps: swap, heapBytes: collectGarbage(), rssBytes: process.memoryUsage.rss() };
    taken.push(sample);
    onSample(sample);
  }
  return taken;
}

/**
 * By how much the heap grows over the second half of the samples, as a share of it: the least of the last quarter
 * against the least of the third.
 */
export function heapGrowth(samples: readonly SwapSample[]): number {
  const least = (from: number, to: number): number =>
    Math.min(...samples.slice(samples.length * from, samples.length * to).map(({ heapBytes }) => heapBytes));
  return least(0.75, 1) / least(0.5, 0.75) - 1;
}
