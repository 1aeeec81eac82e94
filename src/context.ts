import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { CancelSignal } from './lib/cancellation.ts';

/** Types that the steps of a request share. No code. */

/** What a plan allows; `ANONYMOUS` is everybody without a key. */
export type Tier = 'ANONYMOUS' | 'FREE' | 'PRO' | 'BUSINESS' | 'ENTERPRISE';

/** Who is calling, as far as the gateway has verified it. */
export interface Caller {
  readonly tier: Tier;
  readonly scopes: ReadonlySet<string>;
  /** Who pays; absent for anonymous callers. */
  readonly accountId?: string;
  /** The user that the caller acts for; absent for anonymous callers and keys without a user. */
  readonly userId?: string;
  /** Which key was used; its public id, never the secret. */
  readonly keyId?: string;
  /** The client application that the key is bound to, if any: verified, unlike what a header says. */
  readonly client?: string;
}

/** The client application as it names itself; not verified. */
export interface ClientApplication {
  readonly name: string;
  readonly version: string | undefined;
}

/** One operation on its way through the pipeline. */
export interface RequestContext {
  /** The `x-request-id`; ours unless the client sent a good one. */
  readonly requestId: string;
  readonly caller: Caller;
  readonly client: ClientApplication | undefined;
  /** Aborted when the client leaves. */
  readonly signal: CancelSignal;
  /** Where the caller stands; absent where nobody reckons, as when documents are compiled ahead. */
  readonly standing?: (() => RateLimitStanding) | undefined;
}

/** Where a caller stands in the limits of a plan while an operation runs, its estimate deducted. */
export interface RateLimitStanding {
  readonly tier: Tier;
  /** The most that one operation may cost, in points. */
  readonly maxOperationPoints: number;
  /** When the bucket will be full, in milliseconds since the epoch; undefined when it never will. */
  readonly fullAtMs: number | undefined;
  readonly cost: CostReport;
}

/** What a caller asks of the use that the platform keeps. */
export interface UsageQuery {
  readonly accountId: string;
  /** Null: what the account has used without a key, by tokens. */
  readonly keyId: string | null;
  /** The first day, `YYYY-MM-DD` in UTC. */
  readonly fromDay: string;
}

/** What was used on one day. */
export interface UsageDay {
  /** `YYYY-MM-DD` in UTC. */
  readonly day: string;
  readonly points: number;
  readonly operations: number;
  /** Operations that were refused for lack of points. */
  readonly throttled: number;
}

/** Looks up what was used, by day; days without use are left out. Rejects when that cannot be told now. */
export type ReadUsage = (query: UsageQuery) => Promise<readonly UsageDay[]>;

/** The parameters of a GraphQL request, as the GraphQL over HTTP specification names them. */
export interface GraphQLParameters {
  /** Absent when a persisted document is asked for by its id. */
  readonly query: string | undefined;
  /** The id of a persisted document. */
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A document that is asked for, once its id was looked up, with what it is to run on. Immutable. */
export interface RequestedDocument {
  readonly text: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Published and looked at before: caps of its own apply. */
  readonly isTrusted: boolean;
}

/** An operation that may run: it fits the schema, and so do its variables. Immutable: requests share it. */
export interface PreparedOperation {
  /** The document as it came: equal text, equal document. */
  readonly text: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly type: OperationTypeNode;
  /** The name that the document gives. */
  readonly name: string | undefined;
  /** As they came: they fit their types, defaults are not filled in. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The contract that it was read by, where that is not the whole API: its caller knows of nothing else. */
  readonly contract?: { readonly name: string; readonly schema: GraphQLSchema };
}

/** Who may keep an answer, and how long. */
export interface CachePolicy {
  /** 0: it is not kept. */
  readonly maxAgeSeconds: number;
  /** `public`: by caches that many callers share; `private`: by the caller's own. */
  readonly scope: 'public' | 'private';
}

/** The result of an operation, before it is written as HTTP. */
export interface GraphQLResult {
  /** Absent when the operation was refused before it ran. */
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLErrorEntry[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** One entry of `errors`. */
export interface GraphQLErrorEntry {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly locations?: readonly { readonly line: number; readonly column: number }[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** What an operation cost and where its caller stands: `extensions.cost` of the answer. Points throughout. */
export interface CostReport {
  /** As estimated before it ran. */
  readonly requested: number;
  /** As it came to; null when it did not run. */
  readonly actual: number | null;
  readonly bucket: { readonly size: number; readonly available: number; readonly restoreRate: number };
  /** Null where the plan has no quota. */
  readonly month: { readonly limit: number; readonly remaining: number; readonly resetAt: string } | null;
  /** The estimate by field and by subgraph, where the request asked for it. */
  readonly breakdown?: {
    readonly fields: readonly {
      readonly path: string;
      readonly points: number;
      readonly subgraph?: string;
    }[];
    readonly subgraphs: Readonly<Record<string, number>>;
  };
}

/** What one request for an operation runs up; its steps fill it in. */
export interface Tab {
  /** As the client sent it; undefined until it is known. */
  operation: PreparedOperation | undefined;
  /** Whether anything was called for it. */
  hasRun: boolean;
  /** Points that it was charged. */
  points: number;
}
