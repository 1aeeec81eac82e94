/**
 * Figures as text in the reader's language. Amounts come as decimal strings and are formatted from them, so that no
 * digit of money ever passes through a float.
 */
const amount = (text: string) => text as Intl.StringNumericLiteral;
const NONE = '–';

const percent = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: 'exceptZero',
});
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const quantity = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 8 });
const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function formatMoney(
  value: string | undefined,
  currency: string,
  options: Intl.NumberFormatOptions = {},
): string {
  if (value === undefined) return NONE;
  return currencyFormat(currency, { maximumFractionDigits: 2, ...options }).format(amount(value));
}

/** Prices span ten orders of magnitude: small ones show their leading digits. */
export function formatPrice(value: string | undefined, currency: string): string {
  if (value === undefined) return NONE;
  const isSmall = Math.abs(Number(value)) < 1;
  return currencyFormat(
    currency,
    isSmall ? { maximumSignificantDigits: 4 } : { maximumFractionDigits: 2 },
  ).format(amount(value));
}

/** Large sums of the market, for example `$2.31T`. */
export function formatLargeMoney(value: string, currency: string): string {
  return formatMoney(value, currency, { notation: 'compact', maximumFractionDigits: 2 });
}

/** @param ratio - 0.0125 is +1.25 % */
export function formatChange(ratio: number | null | undefined): string {
  return ratio == null ? NONE : percent.format(ratio);
}

export function formatShare(ratio: number): string {
  return share.format(ratio);
}

export function formatQuantity(value: string): string {
  return quantity.format(amount(value));
}

export function formatTime(at: string | number): string {
  return time.format(new Date(at));
}

function currencyFormat(currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  try {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency, ...options });
  } catch {
    // Quote assets such as USDT are no ISO 4217 codes.
    return new Intl.NumberFormat(undefined, options);
  }
}
