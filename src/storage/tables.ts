/** The tables as Kysely types; what each column means stands with its migration. */
export interface Tables {
  readonly api_key: ApiKeyTable;
  readonly revision: RevisionTable;
}

/** Times are milliseconds since the epoch; lists are JSON text, since SQLite has no arrays. */
export interface ApiKeyTable {
  readonly id: string;
  readonly name: string;
  readonly secret_hashes: string;
  readonly tier: string;
  readonly scopes: string;
  readonly account_id: string;
  readonly user_id: string | null;
  readonly allowed_ranges: string;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

export interface RevisionTable {
  /** 1: there is one row. */
  readonly id: number;
  readonly number: number;
}
