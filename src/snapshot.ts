import type { JWK } from 'jose';
import type { GatewaySettings } from './config/gateway-settings.ts';
import type { Tier } from './context.ts';

/** Types of what workers serve from. No code. */

/** How a key proves itself: by being sent, or by signing each request without being sent. */
export type KeyKind = 'live' | 'signing';

/** A secret of a key. */
export interface KeySecret {
  /** Of a live key the peppered hash of its secret, of a signing key its secret sealed: worthless without the platform's secrets. */
  readonly verifier: string;
  /** When a secret that was replaced stops to count, in milliseconds since the epoch; absent for the newest. */
  readonly endsAtMs?: number;
}

/** An API key as workers know it: enough to verify one, not enough to make one. */
export interface KeyRecord {
  readonly id: string;
  readonly kind: KeyKind;
  /** The newest first; two during a rotation. */
  readonly secrets: readonly KeySecret[];
  readonly tier: Tier;
  readonly scopes: readonly string[];
  readonly accountId: string;
  /** The user that the key acts for, if any. */
  readonly userId?: string;
  /** Address ranges (CIDR) that the key may be used from; empty means any. */
  readonly allowedRanges: readonly string[];
  /** Milliseconds since the epoch; absent means never. */
  readonly expiresAtMs?: number;
  /** The client application that the key is bound to: it runs that client's documents. */
  readonly client?: string;
}

/** A document that a client application published. */
export interface TrustedDocument {
  readonly client: string;
  /** The client's own id, unique for it; often the SHA-256 of the text. */
  readonly id: string;
  readonly text: string;
}

/**
 * Everything that a worker serves from: immutable, versioned by its content. A new one is built whole and swapped
 * in one assignment; the old one lives until its last request ends.
 */
export interface Snapshot {
  /** SHA-256 of the content, hex: equal content, equal id. */
  readonly id: string;
  readonly supergraphSdl: string;
  /** What clients see of it, as SDL: made with the snapshot, so that workers need not load the planner for it. */
  readonly apiSdl: string;
  /** Where each subgraph answers, by name; overrides the routing URLs of the supergraph. */
  readonly routingUrls: Readonly<Record<string, string>>;
  /** Subgraphs whose routing URL somebody has published: calls to them go where `egress` allows alone. */
  readonly guardedSubgraphs?: readonly string[];
  readonly keys: readonly KeyRecord[];
  /** What clients may ask for by id; ordered by client and id. */
  readonly documents: readonly TrustedDocument[];
  readonly settings: GatewaySettings;
  /** Asks for no keys, ignores access directives, keeps the structural caps. */
  readonly open: boolean;
}

/** What workers need beside a snapshot and what never goes to disk with one. */
export interface WorkerSecrets {
  /** Pepper the hashes of API keys: the first makes new ones, all are tried. */
  readonly keyPeppers: readonly string[];
  /** Seal the secrets of signing keys: the first seals, the one that sealed opens. */
  readonly sealingKeys: readonly string[];
  /** The gateway's private Ed25519 key, which signs the callers' tokens for subgraphs. */
  readonly signingKey: JWK;
  /** Where Redis is, credentials included; absent when there is none. */
  readonly redisUrl?: string | undefined;
}
