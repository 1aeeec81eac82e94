import type { DashboardQuery } from './gql/graphql.ts';

/** All that the page shows. */
export interface DashboardState {
  /** The last good answer; figures stay while a newer one is asked for, or cannot be had. */
  readonly data: DashboardQuery | undefined;
  /** When it came, in milliseconds since the epoch. */
  readonly loadedAtMs: number;
  readonly isLoading: boolean;
  /** Why the last request brought nothing. */
  readonly failure: string | undefined;
  /** How many fields of the answer are missing. */
  readonly missingFields: number;
}

export interface DashboardActions {
  readonly refresh: () => void;
  readonly showMore: () => void;
  readonly leave: () => void;
}
