import type { KeyGuards } from '../../src/auth/key-verifier.ts';
import type { KeyRecord } from '../../src/snapshot.ts';
import type { TributarySetup } from '../modes.ts';

/** What the keys of callers are checked with. */
export const BENCH_GUARDS: KeyGuards = { keyPeppers: ['bench'], sealingKeys: ['bench'] };

/** What every measured program is started with. */
export interface GatewayStart {
  readonly workload: string;
  readonly supergraphSdl: string;
  /** Where the canned subgraphs are. */
  readonly subgraphOrigin: string;
  readonly setup: TributarySetup;
  /** Texts that are published, by the SHA-256 of each. */
  readonly documents?: readonly string[];
  /** `false`: rules and budgets hold, as settings say; absent means `--open`. */
  readonly isOpen?: boolean;
  /** The keys of callers; made with `BENCH_GUARDS`. */
  readonly keys?: readonly KeyRecord[];
  /** Where budgets are kept; absent means in the process. */
  readonly redisUrl?: string;
}
