import type { Decimal } from '../../shared/decimal.ts';

/** `Money`. */
export interface Money {
  readonly amount: Decimal;
  readonly currency: string;
}

/** `Token` as far as this subgraph knows it: by id. */
export interface TokenReference {
  readonly id: string;
}
