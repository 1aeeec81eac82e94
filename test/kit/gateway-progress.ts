import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TestGateway } from './gateway.ts';

/** Resolves once so many operations run: what was sent to the gateway has come. */
export async function untilInFlight(gateway: TestGateway, count: number): Promise<void> {
  while ((await countInFlight(gateway)) < count) await nextTurn();
}

/** Resolves once all of these requests run, or are answered: rules may leave nothing to fetch. */
export async function untilArrived(
  gateway: TestGateway,
  requests: readonly Promise<unknown>[],
): Promise<void> {
  let answered = 0;
  for (const request of requests) {
    request.finally(() => {
      answered += 1;
    });
  }
  while ((await countInFlight(gateway)) + answered < requests.length) await nextTurn();
}

async function countInFlight({ metrics }: TestGateway): Promise<number> {
  return (await metrics.operationsInFlight.get()).values[0]?.value ?? 0;
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
