import type { Decimal } from '../../shared/decimal.ts';
import type { MarketDataProvider, TokenId, TokenStatistics } from '../providers/market-data-provider.ts';
import type { BookedQuote, QuoteBook } from '../quotes/quote-book.ts';

const PROVIDER_TIMEOUT_MS = 1500;

/** A priced token with its market figures in US dollars. */
export interface MarketRow {
  readonly tokenId: TokenId;
  readonly quote: BookedQuote;
  readonly statistics: TokenStatistics | undefined;
  /** Price times circulating supply, exact; null where the supply is not known. */
  readonly marketCapUsd: Decimal | null;
  /** The rank by market capitalisation, from 1; null where that is not known. */
  readonly rank: number | null;
}

/** All priced tokens at one moment. */
export type MarketTable = ReadonlyMap<TokenId, MarketRow>;

/**
 * Keeps the table of all priced tokens, built anew whenever the quote book has changed.
 */
export class Market {
  readonly #book: QuoteBook;
  readonly #provider: MarketDataProvider;
  readonly #tokenIds: readonly TokenId[];
  #built: { readonly version: number; readonly table: Promise<MarketTable> } | undefined;

  /** @param tokenIds - the tokens that are priced */
  constructor(book: QuoteBook, provider: MarketDataProvider, tokenIds: readonly TokenId[]) {
    this.#book = book;
    this.#provider = provider;
    this.#tokenIds = tokenIds;
  }

  /** @throws QuoteUnavailable when no token has a quote, or the provider's error for statistics */
  async table(): Promise<MarketTable> {
    const quotes = await this.#book.quotes(this.#tokenIds);
    const { version } = this.#book;
    if (this.#built?.version !== version) {
      const table = this.#build(quotes);
      this.#built = { version, table };
      table.catch(() => {
        if (this.#built?.table === table) this.#built = undefined;
      });
    }
    return this.#built.table;
  }

  async #build(quotes: Awaited<ReturnType<QuoteBook['quotes']>>): Promise<MarketTable> {
    const failure = [...quotes.values()].find((quote) => quote instanceof Error);
    const priced = [...quotes].filter((entry): entry is [TokenId, BookedQuote] => {
      return entry[1] !== null && !(entry[1] instanceof Error);
    });
    if (priced.length === 0 && failure !== undefined) throw failure;
    const ids = priced.map(([id]) => id);
    const statistics = await this.#provider.statistics(ids, AbortSignal.timeout(PROVIDER_TIMEOUT_MS));
    const rows = priced.map(([tokenId, quote]) => {
      const supply = statistics.get(tokenId)?.circulatingSupply ?? null;
      const marketCapUsd = supply === null ? null : quote.amount.times(supply);
      return { tokenId, quote, statistics: statistics.get(tokenId), marketCapUsd };
    });
    const byCap = rows
      .filter(({ marketCapUsd }) => marketCapUsd !== null)
      .toSorted((a, b) => compareCaps(b, a));
    const ranks = new Map(byCap.map(({ tokenId }, index) => [tokenId, index + 1]));
    return new Map(rows.map((row) => [row.tokenId, { ...row, rank: ranks.get(row.tokenId) ?? null }]));
  }
}

function compareCaps(a: Omit<MarketRow, 'rank'>, b: Omit<MarketRow, 'rank'>): number {
  if (a.marketCapUsd === null || b.marketCapUsd === null) return 0;
  return a.marketCapUsd.comparedTo(b.marketCapUsd) || (a.tokenId < b.tokenId ? 1 : -1);
}
