import { Decimal, sumDecimals } from '../../shared/decimal.ts';
import type { MarketRecord } from '../../shared/market-copy.ts';
import { QUOTE_PLACES, quoteAssetOf } from './quote-assets.ts';

const LARGEST = 10;

/** What the market as a whole is worth, in one currency. */
export interface MarketTotals {
  readonly marketCap: Decimal;
  /** A fraction; null when nothing is known of a day ago. */
  readonly marketCapChange24h: number | null;
  readonly volume24h: Decimal;
}

/** The latest prices and market figures of one version of the price subgraph's document. */
export class MarketTable {
  readonly asOf: Date;
  readonly #byToken: ReadonlyMap<string, MarketRecord>;

  constructor({ asOf, tokens }: { asOf: string; tokens: readonly MarketRecord[] }) {
    this.asOf = new Date(asOf);
    this.#byToken = new Map(tokens.map((token) => [token.id, token]));
  }

  /**
   * The latest price of a token in a supported currency: the price subgraph's own quote in US dollars, else that
   * by the quote of the currency's asset with 18 places, so that values agree with `Holding.value`.
   *
   * @returns undefined when the token has no price
   */
  priceOf(tokenId: string, currency: string): Decimal | undefined {
    const record = this.#byToken.get(tokenId);
    if (record === undefined) return undefined;
    const price = new Decimal(record.priceUsd);
    const quoteAssetId = quoteAssetOf(currency);
    return quoteAssetId === undefined ? price : this.#inQuote(price, quoteAssetId);
  }

  /** How many of a token circulate, as a double, for statistics; undefined when that is not known. */
  circulatingSupplyOf(tokenId: string): number | undefined {
    return toNumber(this.#byToken.get(tokenId)?.circulatingSupply);
  }

  /** The volume of the last 24 hours in US dollars, as a double, for statistics; undefined when it is not known. */
  volume24hUsdOf(tokenId: string): number | undefined {
    return toNumber(this.#byToken.get(tokenId)?.volume24hUsd);
  }

  /** @returns undefined when the currency's own asset has no price at present */
  totalsIn(currency: string): MarketTotals | undefined {
    const records = [...this.#byToken.values()];
    const quoteAssetId = quoteAssetOf(currency);
    const convert = (amount: Decimal) =>
      quoteAssetId === undefined ? amount : this.#inQuote(amount, quoteAssetId);
    const marketCap = convert(this.#totalMarketCapUsd());
    const volume24h = convert(sumDecimals(records.flatMap(({ volume24hUsd }) => toDecimals(volume24hUsd))));
    if (marketCap === undefined || volume24h === undefined) return undefined;
    const growth = growthOf(records);
    // In bitcoin the market grows by as much less as bitcoin itself grew.
    const growthOfQuote = quoteAssetId === undefined ? new Decimal(1) : this.#growthOfToken(quoteAssetId);
    return {
      marketCap,
      volume24h,
      marketCapChange24h:
        growth === undefined || growthOfQuote === undefined
          ? null
          : growth.div(growthOfQuote).minus(1).toNumber(),
    };
  }

  /** The ten largest tokens by market capitalisation with their share in the sum of all, largest first. */
  dominance(): readonly { readonly tokenId: string; readonly weight: number }[] {
    const total = this.#totalMarketCapUsd();
    if (total.isZero()) return [];
    return [...this.#byToken.values()]
      .flatMap(({ id, marketCapUsd }) => toDecimals(marketCapUsd).map((marketCap) => ({ id, marketCap })))
      .sort((a, b) => b.marketCap.cmp(a.marketCap) || (a.id < b.id ? -1 : 1))
      .slice(0, LARGEST)
      .map(({ id, marketCap }) => ({ tokenId: id, weight: marketCap.div(total).toNumber() }));
  }

  #totalMarketCapUsd(): Decimal {
    return sumDecimals([...this.#byToken.values()].flatMap(({ marketCapUsd }) => toDecimals(marketCapUsd)));
  }

  #inQuote(amountUsd: Decimal, quoteAssetId: string): Decimal | undefined {
    const quote = this.#byToken.get(quoteAssetId);
    if (quote === undefined || Number(quote.priceUsd) === 0) return undefined;
    return amountUsd.div(quote.priceUsd).toDecimalPlaces(QUOTE_PLACES);
  }

  #growthOfToken(tokenId: string): Decimal | undefined {
    const record = this.#byToken.get(tokenId);
    return record === undefined ? undefined : growthOf([record]);
  }
}

function toNumber(text: string | null | undefined): number | undefined {
  return text == null ? undefined : Number(text);
}

function toDecimals(text: string | null): Decimal[] {
  return text === null ? [] : [new Decimal(text)];
}

/** Market capitalisation now by that of 24 hours ago, over the tokens of which both are known. */
function growthOf(records: readonly MarketRecord[]): Decimal | undefined {
  const known = records.filter(
    (record) => record.marketCapUsd !== null && record.marketCapUsd24hAgo !== null,
  );
  const before = sumDecimals(known.flatMap(({ marketCapUsd24hAgo }) => toDecimals(marketCapUsd24hAgo)));
  if (before.isZero()) return undefined;
  return sumDecimals(known.flatMap(({ marketCapUsd }) => toDecimals(marketCapUsd))).div(before);
}
