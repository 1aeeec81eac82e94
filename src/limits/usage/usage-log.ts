import type { OperationDefinitionNode } from 'graphql';
import type { Caller, PreparedOperation } from '../../context.ts';
import { operationId } from '../../lib/operation-id.ts';
import {
  dayOf,
  OTHERS,
  UNKNOWN_CLIENT,
  type UsageBatch,
  type UsageEntry,
  type UsedOperation,
} from './usage.ts';

/** What a request for one operation came to. */
export interface Use {
  readonly caller: Caller;
  /** As the client names itself, unless the key is bound to one. */
  readonly clientName: string | undefined;
  /** The operation as the client sent it; undefined where that was never known. */
  readonly operation: Pick<PreparedOperation, 'operation' | 'name' | 'text'> | undefined;
  /** What was charged, whatever became of it. */
  readonly points: number;
  /** `throttled` was refused, too: for lack of points, or because of a window. */
  readonly outcome: 'ran' | 'refused' | 'throttled';
}

/** Gathers who used what, until somebody takes it away. */
export interface UsageLog {
  note(use: Use): void;
  /** What was gathered since the last time; undefined when there is nothing. */
  take(): Pick<UsageBatch, 'entries' | 'operations'> | undefined;
}

export interface UsageLogOptions {
  /** How many entries are kept apart. Beyond it sums stay exact, and say less of who and what. */
  readonly maxEntries: number;
  /** Told once between two takings, when an entry has to say less. */
  readonly onFolded: () => void;
  /** The present, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What an entry counts. */
type Place = Pick<UsageEntry, 'day' | 'accountId' | 'keyId' | 'operationId' | 'client'>;
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The share of the entries that may say all; the rest is for those that name the account alone. */
const FULL_SHARE = 0.8;
/** Texts that wait to be sent; an operation that has no room any more is counted among the others. */
const DOCUMENT_BYTES = 4 * 1_048_576;
/** Operations whose text was sent, as far as that is remembered: a text may be sent twice. */
const KNOWN_OPERATIONS = 10_000;

export function createUsageLog(options: UsageLogOptions): UsageLog {
  return new Gatherer(options);
}

class Gatherer implements UsageLog {
  readonly #options: Required<UsageLogOptions>;
  /** An operation is known again by its syntax tree, which all requests for it share. */
  readonly #ids = new WeakMap<OperationDefinitionNode, string>();
  #entries = new Map<string, Mutable<UsageEntry>>();
  #operations: UsedOperation[] = [];
  #documentBytes = 0;
  /** Sent since the day began: whoever forgets old operations is told of them again. */
  #sent = new Set<string>();
  #day = 0;
  #hasFolded = false;

  constructor(options: UsageLogOptions) {
    this.#options = { now: Date.now, ...options };
  }

  note({ caller, clientName = UNKNOWN_CLIENT, operation, points, outcome }: Use): void {
    const nowMs = this.#options.now();
    const day = dayOf(nowMs);
    if (day !== this.#day || this.#sent.size > KNOWN_OPERATIONS) this.#sent = new Set();
    this.#day = day;
    const entry = this.#entryOf({
      day,
      accountId: storable(caller.accountId ?? ''),
      keyId: caller.keyId ?? '',
      operationId: operation === undefined ? '' : this.#idOf(operation),
      client: storable(caller.client ?? clientName),
    });
    entry.points += points;
    if (outcome === 'ran') entry.operations += 1;
    else entry.refused += 1;
    if (outcome === 'throttled') entry.throttled += 1;
    entry.lastUsedAtMs = nowMs;
  }

  take(): Pick<UsageBatch, 'entries' | 'operations'> | undefined {
    if (this.#entries.size === 0) return undefined;
    const taken = { entries: [...this.#entries.values()], operations: this.#operations };
    this.#entries = new Map();
    this.#operations = [];
    this.#documentBytes = 0;
    this.#hasFolded = false;
    return taken;
  }

  /** The entry that counts it: its own, else that of the account, else that of everybody. */
  #entryOf(place: Place): Mutable<UsageEntry> {
    const { maxEntries } = this.#options;
    const { day, accountId, keyId } = place;
    const anything = { operationId: OTHERS, client: OTHERS };
    return (
      this.#find(place, maxEntries * FULL_SHARE) ??
      this.#find({ day, accountId, keyId, ...anything }, maxEntries) ??
      (this.#find({ day, accountId: OTHERS, keyId: OTHERS, ...anything }, Infinity) as Mutable<UsageEntry>)
    );
  }

  /** @param room - how many entries there may be for a new one to be made */
  #find(place: Place, room: number): Mutable<UsageEntry> | undefined {
    const { day, accountId, keyId, operationId, client } = place;
    const key = `${day}\0${operationId}\0${keyId}\0${accountId}\0${client}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= room) {
      this.#tellFolded();
      return undefined;
    }
    const entry = { ...place, points: 0, operations: 0, refused: 0, throttled: 0, lastUsedAtMs: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  /** Its id, once its text is on the way. */
  #idOf({ operation, name, text }: NonNullable<Use['operation']>): string {
    let id = this.#ids.get(operation);
    if (id === undefined) {
      id = operationId(name, text);
      this.#ids.set(operation, id);
    }
    if (this.#sent.has(id)) return id;
    // UTF-16 in memory: two bytes for each unit at the most.
    const bytes = 2 * text.length;
    if (this.#documentBytes + bytes > DOCUMENT_BYTES) {
      this.#tellFolded();
      return OTHERS;
    }
    this.#documentBytes += bytes;
    this.#sent.add(id);
    this.#operations.push({ id, name: name ?? null, document: storable(text) });
    return id;
  }

  #tellFolded(): void {
    if (this.#hasFolded) return;
    this.#hasFolded = true;
    this.#options.onFolded();
  }
}

/** PostgreSQL keeps no U+0000 in a text, and a claim or a comment may hold one. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}
