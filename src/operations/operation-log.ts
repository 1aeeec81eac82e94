import { LRUCache } from 'lru-cache';
import type { PreparedOperation, RequestedDocument } from '../context.ts';

/** Remembers which operations were served lately, for whoever plans them ahead. */
export interface OperationLog {
  note(operation: PreparedOperation): void;
  /** Operations that were served lately, the latest first. */
  latest(): readonly RequestedDocument[];
}

const MOST_LATEST = 100;

export function createOperationLog(): OperationLog {
  const latest = new LRUCache<string, RequestedDocument>({ max: MOST_LATEST });
  return {
    note({ text, name, variables }) {
      // Looked at is used: it stays among the latest.
      if (latest.get(text) === undefined)
        latest.set(text, { text, operationName: name, variables, isTrusted: true });
    },
    latest: () => [...latest.values()],
  };
}
