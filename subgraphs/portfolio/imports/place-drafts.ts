import { ulid } from 'ulid';
import { MAX_INTEGER_DIGITS } from '../../shared/decimal.ts';
import type { Positions } from '../ledger/compute-book.ts';
import { findUnfitting } from '../ledger/fit-entries.ts';
import type { PortfolioRow } from '../loaders.ts';
import { MAX_LEDGER_ENTRIES } from '../mutations/limits.ts';
import { findOversizedPosition, positionsOf } from '../mutations/sound-ledger.ts';
import type { Transaction } from '../storage/ledger-rows.ts';
import { issueAt, type LineIssue, UnreadableFile } from './entry-draft.ts';
import type { ResolvedDraft } from './resolve-drafts.ts';

/** What a ledger takes of a file. */
export interface Placement {
  readonly entries: readonly Transaction[];
  /** What the ledger holds with them. */
  readonly positions: Positions;
  readonly duplicateCount: number;
  readonly issues: readonly LineIssue[];
}

/**
 * Finds the place of drafts in a ledger: what is in it by its external id is left out, what does not fit is refused.
 *
 * @param standing - the whole ledger
 * @throws UnreadableFile when a holding would be beyond what can be written
 */
export function placeDrafts(
  drafts: readonly ResolvedDraft[],
  standing: readonly Transaction[],
  portfolio: PortfolioRow,
  nowMs: number,
): Placement {
  const known = new Set(standing.map(({ externalId }) => externalId));
  const issues: LineIssue[] = [];
  const lines = new Map<Transaction, number>();
  let duplicateCount = 0;
  let sequence = standing.reduce((last, entry) => Math.max(last, entry.sequence), 0);
  for (const { draft, tokenId, marketPrice } of drafts) {
    const externalId = draft.externalId ?? null;
    if (externalId !== null && known.has(externalId)) {
      duplicateCount += 1;
      continue;
    }
    if (standing.length + lines.size >= MAX_LEDGER_ENTRIES) {
      issues.push(issueAt(draft.line, `A ledger holds at most ${MAX_LEDGER_ENTRIES} entries.`));
      continue;
    }
    known.add(externalId);
    sequence += 1;
    lines.set(
      entryOf(draft, { tokenId, marketPrice, sequence, portfolioId: portfolio.id, nowMs }),
      draft.line,
    );
  }
  const unfitting = findUnfitting(standing, [...lines.keys()]);
  for (const entry of unfitting) {
    issues.push(
      issueAt(
        lines.get(entry) ?? 1,
        'The ledger would give away more of the token than it holds at that time.',
      ),
    );
  }
  const entries = [...lines.keys()].filter((entry) => !unfitting.has(entry));
  const positions = positionsOf([...standing, ...entries], portfolio);
  const oversized = findOversizedPosition(positions);
  if (oversized !== undefined) {
    throw new UnreadableFile(
      `Quantity and cost of a holding must stay below 10^${MAX_INTEGER_DIGITS}; those of ${oversized} would not.`,
    );
  }
  return { entries, positions, duplicateCount, issues };
}

function entryOf(
  draft: ResolvedDraft['draft'],
  place: Pick<Transaction, 'tokenId' | 'marketPrice' | 'sequence' | 'portfolioId'> & {
    readonly nowMs: number;
  },
): Transaction {
  return {
    id: `tx_${ulid()}`,
    portfolioId: place.portfolioId,
    sequence: place.sequence,
    type: draft.type,
    tokenId: place.tokenId,
    deploymentId: null,
    quantity: draft.quantity,
    unitPrice: draft.unitPrice ?? null,
    marketPrice: place.marketPrice,
    fee: draft.fee ?? null,
    executedAtMs: draft.executedAt.getTime(),
    createdAtMs: place.nowMs,
    source: 'IMPORT',
    externalId: draft.externalId ?? null,
    note: draft.note ?? null,
  };
}
