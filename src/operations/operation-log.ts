import type { PreparedOperation, RequestedDocument } from '../context.ts';

/** How often a client has sent an operation since the last time somebody asked. */
export interface OperationUse {
  /** The name that the document gives; null for an anonymous operation. */
  readonly name: string | null;
  readonly document: string;
  /** The client application; `unknown` when it does not say. */
  readonly client: string;
  readonly requests: number;
}

/** Remembers which operations were served: for the registry, and for whoever plans them ahead. */
export interface OperationLog {
  note(operation: PreparedOperation, client: string | undefined): void;
  /** What was served since the last time. */
  take(): readonly OperationUse[];
  /** Operations that were served lately, the latest first. */
  latest(): readonly RequestedDocument[];
}

/** So many pairs of operation and client are counted between two takings; the rest goes uncounted. */
const MOST_USES = 1_000;
const MOST_LATEST = 100;
const UNKNOWN_CLIENT = 'unknown';

export function createOperationLog(): OperationLog {
  /** By document, then by operation name and client: texts of documents are compared by their hash, once. */
  let uses = new Map<string, Map<string, { -readonly [Key in keyof OperationUse]: OperationUse[Key] }>>();
  let count = 0;
  const latest = new Map<string, RequestedDocument>();

  const keep = ({ text, name, variables }: PreparedOperation): void => {
    if (latest.size >= MOST_LATEST) {
      const [oldest] = latest.keys();
      if (oldest !== undefined) latest.delete(oldest);
    }
    latest.set(text, { text, operationName: name, variables, isTrusted: true });
  };

  return {
    note(operation, client = UNKNOWN_CLIENT) {
      const { text, name } = operation;
      const ofDocument = uses.get(text) ?? new Map();
      const key = `${name ?? ''}\n${client}`;
      const known = ofDocument.get(key);
      if (known !== undefined) {
        known.requests += 1;
        return;
      }
      if (count >= MOST_USES) return;
      count += 1;
      ofDocument.set(key, { name: name ?? null, document: text, client, requests: 1 });
      uses.set(text, ofDocument);
      // Moved to the end: the oldest is forgotten first.
      latest.delete(text);
      keep(operation);
    },
    take() {
      const taken = [...uses.values()].flatMap((ofDocument) => [...ofDocument.values()]);
      uses = new Map();
      count = 0;
      return taken;
    },
    latest: () => [...latest.values()].reverse(),
  };
}
