import { randomUUID } from 'node:crypto';
import { operationId } from '../../src/lib/operation-id.ts';
import { dayOf, type UsageBatch, type UsageEntry } from '../../src/limits/usage/usage.ts';

/** A use for a batch, short to write; the operation is named by its document. */
export interface TestUse extends Partial<Omit<UsageEntry, 'day' | 'operationId'>> {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly document?: string;
  readonly name?: string | null;
}

/** Batches of one process, numbered one after another. */
export function createTestSource(): (uses: readonly TestUse[]) => UsageBatch {
  const source = randomUUID();
  let sequence = 0;
  return (uses) => {
    sequence += 1;
    const operations = uses.flatMap(({ document, name = null }) =>
      document === undefined ? [] : [{ id: operationId(name, document), name, document }],
    );
    return { source, sequence, entries: uses.map(toEntry), operations };
  };
}

function toEntry({ atMs, document, name = null, ...entry }: TestUse): UsageEntry {
  return {
    day: dayOf(atMs),
    accountId: '',
    keyId: '',
    operationId: document === undefined ? '' : operationId(name, document),
    client: 'unknown',
    points: 0,
    operations: 0,
    refused: 0,
    throttled: 0,
    lastUsedAtMs: atMs,
    ...entry,
  };
}
