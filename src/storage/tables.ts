/** The tables as Kysely types; what each column means stands with its migration. */
export interface Tables {
  readonly api_key: ApiKeyTable;
  readonly api_key_secret: ApiKeySecretTable;
  readonly revision: RevisionTable;
  readonly subgraph_sdl: SubgraphSdlTable;
  readonly supergraph_version: SupergraphVersionTable;
  readonly supergraph_head: SupergraphHeadTable;
  readonly publisher_token: PublisherTokenTable;
  readonly audit_entry: AuditEntryTable;
  readonly webhook: WebhookTable;
  readonly operation_seen: OperationSeenTable;
  readonly usage_count: UsageCountTable;
  readonly usage_source: UsageSourceTable;
  readonly operation_traffic: OperationTrafficTable;
  readonly trusted_document: TrustedDocumentTable;
  readonly document_publication: DocumentPublicationTable;
  readonly published_document: PublishedDocumentTable;
}

/** Times are milliseconds since the epoch; lists are JSON text, since SQLite has no arrays. */
export interface ApiKeyTable {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly tier: string;
  readonly scopes: string;
  readonly account_id: string;
  readonly user_id: string | null;
  readonly allowed_ranges: string;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly revoked_at: number | null;
  readonly client: string | null;
}

export interface ApiKeySecretTable {
  readonly key_id: string;
  readonly verifier: string;
  readonly made_with: string;
  readonly created_at: number;
  readonly ends_at: number | null;
  readonly last_used_at: number | null;
}

export interface RevisionTable {
  /** 1: there is one row. */
  readonly id: number;
  readonly number: number;
}

/** Subgraph SDL by the SHA-256 of its text. */
export interface SubgraphSdlTable {
  readonly hash: string;
  readonly sdl: string;
}

/** What a supergraph was made of, and what it came to. */
export interface SupergraphVersionTable {
  readonly id: number;
  readonly parent_id: number | null;
  readonly kind: string;
  readonly author: string;
  readonly reason: string;
  readonly federation_version: string;
  readonly supergraph_sdl: string;
  readonly api_sdl: string;
  readonly subgraphs: string;
  readonly changes: string;
  readonly client_token: string | null;
  readonly request_hash: string | null;
  readonly created_at: number;
}

/** The one row that says which version is served. */
export interface SupergraphHeadTable {
  readonly singleton: number;
  readonly version_id: number | null;
}

/** Who may publish which subgraph. */
export interface PublisherTokenTable {
  readonly id: string;
  readonly secret_hash: string;
  readonly name: string;
  readonly subgraph: string;
  readonly owner: string;
  readonly actions: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

export interface AuditEntryTable {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly detail: string;
}

export interface WebhookTable {
  readonly id: string;
  readonly url: string;
  readonly created_at: number;
}

/** Operations by SHA-256 of name and document. */
export interface OperationSeenTable {
  readonly operation_id: string;
  readonly name: string | null;
  readonly document: string;
}

/** What an account used on a day with a key, by an operation, from a client. */
export interface UsageCountTable {
  readonly day: number;
  readonly account_id: string;
  readonly key_id: string;
  readonly operation_id: string;
  readonly client: string;
  readonly points: number;
  readonly operations: number;
  readonly refused: number;
  readonly throttled: number;
  readonly last_used_at: number;
}

/** How often a client ran an operation on a day, whoever asked. */
export interface OperationTrafficTable {
  readonly operation_id: string;
  readonly client: string;
  readonly day: number;
  readonly operations: number;
  readonly points: number;
  readonly last_used_at: number;
}

/** The last batch of each process that was counted. */
export interface UsageSourceTable {
  readonly source: string;
  readonly sequence: number;
  readonly updated_at: number;
}

export interface TrustedDocumentTable {
  readonly client: string;
  readonly id: string;
  readonly text: string;
  readonly operation_name: string | null;
  readonly created_at: number;
  readonly retired_at: number | null;
}

export interface DocumentPublicationTable {
  readonly client: string;
  readonly version: string;
  readonly digest: string;
  readonly published_at: number;
}

export interface PublishedDocumentTable {
  readonly client: string;
  readonly version: string;
  readonly document_id: string;
}
