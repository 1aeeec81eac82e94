import type { CheckReport } from './check-publication.ts';

/** A subgraph that somebody wants to have checked. */
export interface CheckRequest {
  readonly subgraph: string;
  readonly sdl: string;
  /** The one that is registered, unless it says otherwise; a new subgraph needs none to be checked. */
  readonly routingUrl?: string | undefined;
  /** The version that the caller has seen. */
  readonly parent?: number | undefined;
}

/** A subgraph that somebody wants to have served. */
export interface PublishRequest extends CheckRequest {
  readonly reason: string;
  /** The team; the registered one, the token's, or the subgraph's own name unless it says otherwise. */
  readonly owner?: string | undefined;
  /** The same request under the same name makes one version, however often it is sent. */
  readonly clientToken?: string | undefined;
  /** Whether the subgraph is called before it goes live. */
  readonly probe: boolean;
  /** Lets the operator take what belongs to another team. */
  readonly takeOver: boolean;
}

/** What a publish came to. */
export interface Published {
  readonly version: number;
  /** Whether this very request had made the version before. */
  readonly isRepeated: boolean;
  /** Absent when the request was repeated, or nothing changed. */
  readonly report?: CheckReport;
}
