import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Selectable } from 'kysely';
import type { Decimal } from '../../shared/decimal.ts';
import { needsMarketPrice } from '../ledger/entry.ts';
import type { MarketPrices } from '../market/market-prices.ts';
import { checkEntry, checkPrice } from '../mutations/add-transaction-input.ts';
import type { Database } from '../storage/open-database.ts';
import type { PortfolioTable, TokenTable } from '../storage/tables.ts';
import type { EntryDraft, LineIssue, TokenName } from './entry-draft.ts';
import { issueAt } from './entry-draft.ts';

/** An entry that lacks nothing but a place in the ledger. */
export interface ResolvedDraft {
  readonly draft: EntryDraft;
  readonly tokenId: string;
  readonly marketPrice: Decimal | null;
}

const MAX_CANDIDATES = 10;
/** Drafts that are looked at before other work gets its turn. */
const DRAFTS_PER_TURN = 500;

/** Finds tokens by what files call them. */
export interface TokenFinder {
  /** @returns the ids of all tokens that may be meant */
  find(name: TokenName): readonly string[];
}

/** Reads the copy of the registry. */
export async function createTokenFinder(database: Database): Promise<TokenFinder> {
  const tokens: readonly TokenTable[] = await database
    .selectFrom('tokens')
    .selectAll()
    .orderBy('id')
    .execute();
  const ids = new Set(tokens.map(({ id }) => id));
  const bySymbol = Map.groupBy(tokens, ({ symbol }) => symbol.toUpperCase());
  return {
    find(name) {
      if ('tokenId' in name) return ids.has(name.tokenId) ? [name.tokenId] : [];
      return (bySymbol.get(name.symbol.toUpperCase()) ?? []).map(({ id }) => id);
    },
  };
}

export interface ResolveOptions {
  readonly portfolio: Pick<Selectable<PortfolioTable>, 'base_currency'>;
  readonly tokens: TokenFinder;
  readonly marketPrices: MarketPrices;
  /** The platform's time, in milliseconds. */
  readonly nowMs: number;
}

/**
 * Checks drafts by all rules that do not need the ledger, and finds their tokens and market prices. A ticker that
 * several tokens have is refused with all of them: guessing would price the wrong coin.
 */
export async function resolveDrafts(
  drafts: readonly EntryDraft[],
  options: ResolveOptions,
): Promise<{ resolved: ResolvedDraft[]; issues: LineIssue[] }> {
  const resolved: ResolvedDraft[] = [];
  const issues: LineIssue[] = [];
  for (const [index, draft] of drafts.entries()) {
    const result = resolveDraft(draft, options);
    if ('message' in result) issues.push(result);
    else resolved.push(result);
    if (index % DRAFTS_PER_TURN === 0) await nextTurn();
  }
  return { resolved, issues };
}

function resolveDraft(draft: EntryDraft, options: ResolveOptions): ResolvedDraft | LineIssue {
  const { line } = draft;
  const errors = [...(draft.isValuedAtMarket ? [] : checkPrice(draft)), ...checkEntry(draft, options.nowMs)];
  if (errors.length > 0) return issueAt(line, errors.map(({ message }) => message).join(' '));
  const found = options.tokens.find(draft.token);
  const [tokenId] = found;
  const called = 'tokenId' in draft.token ? draft.token.tokenId : draft.token.symbol;
  const shown = [...called].slice(0, 40).join('');
  if (tokenId === undefined) return issueAt(line, `No token is known as "${shown}".`);
  if (found.length > 1) {
    const message = `"${shown}" is the ticker of ${found.length} tokens: name one by its id in this platform's own format.`;
    return { line, message, candidateIds: found.slice(0, MAX_CANDIDATES) };
  }
  return resolvePrice(draft, tokenId, options);
}

function resolvePrice(
  draft: EntryDraft,
  tokenId: string,
  { portfolio, marketPrices }: ResolveOptions,
): ResolvedDraft | LineIssue {
  const { type, executedAt, line } = draft;
  const unitPrice = draft.unitPrice ?? null;
  const isNeeded = needsMarketPrice({ type, unitPrice }) || (draft.isValuedAtMarket && unitPrice === null);
  if (!isNeeded) return { draft, tokenId, marketPrice: null };
  const price = marketPrices.priceAt(tokenId, executedAt.getTime(), portfolio.base_currency);
  if (price !== undefined) return { draft, tokenId, marketPrice: price };
  return issueAt(
    line,
    `No market price of that day is known in ${portfolio.base_currency}; give a unit price.`,
  );
}
