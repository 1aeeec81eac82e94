import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TestGateway } from './gateway.ts';

/** Resolves once so many operations run: what was sent to the gateway has come. */
export async function untilInFlight({ metrics }: TestGateway, count: number): Promise<void> {
  while (((await metrics.operationsInFlight.get()).values[0]?.value ?? 0) < count) await nextTurn();
}

/** How many fetches or operations needed none of their own, in one layer of sharing. */
export async function countShared({ metrics }: TestGateway, layer: string): Promise<number> {
  const { values } = await metrics.sharedFetches.get();
  return values.find(({ labels }) => labels.layer === layer)?.value ?? 0;
}

/** Resolves once so many have been shared in a layer. */
export async function untilShared(gateway: TestGateway, layer: string, count: number): Promise<void> {
  while ((await countShared(gateway, layer)) < count) await nextTurn();
}
