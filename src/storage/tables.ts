/** The tables as Kysely types; what each column means stands with its migration. */
export interface Tables {
  readonly api_key: ApiKeyTable;
  readonly api_key_secret: ApiKeySecretTable;
  readonly revision: RevisionTable;
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
