import type { Selectable } from 'kysely';
import { Decimal } from '../../shared/decimal.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { LedgerEntryTable, TransactionSource } from './tables.ts';

/** An entry of a ledger with all that is known of it. */
export interface Transaction extends LedgerEntry {
  readonly portfolioId: string;
  /** CAIP-19, when the entry was made on a chain. */
  readonly deploymentId: string | null;
  readonly createdAtMs: number;
  readonly source: TransactionSource;
  readonly externalId: string | null;
  readonly note: string | null;
}

/** Reads a row of the ledger. */
export function transactionOf(row: Selectable<LedgerEntryTable>): Transaction {
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    sequence: row.sequence,
    type: row.type,
    tokenId: row.token_id,
    deploymentId: row.deployment_id,
    quantity: new Decimal(row.quantity),
    unitPrice: decimalOrNull(row.unit_price),
    marketPrice: decimalOrNull(row.market_price),
    fee: decimalOrNull(row.fee),
    executedAtMs: row.executed_at,
    createdAtMs: row.created_at,
    source: row.source,
    externalId: row.external_id,
    note: row.note,
  };
}

function decimalOrNull(text: string | null): Decimal | null {
  return text === null ? null : new Decimal(text);
}

/** Writes a row of the ledger, as a user made it. */
export function rowOf(transaction: Transaction): LedgerEntryTable {
  return {
    id: transaction.id,
    portfolio_id: transaction.portfolioId,
    sequence: transaction.sequence,
    type: transaction.type,
    token_id: transaction.tokenId,
    deployment_id: transaction.deploymentId,
    quantity: transaction.quantity.toFixed(),
    unit_price: transaction.unitPrice?.toFixed() ?? null,
    market_price: transaction.marketPrice?.toFixed() ?? null,
    fee: transaction.fee?.toFixed() ?? null,
    executed_at: transaction.executedAtMs,
    created_at: transaction.createdAtMs,
    source: transaction.source,
    external_id: transaction.externalId,
    note: transaction.note,
    demo_offset_days: null,
  };
}
