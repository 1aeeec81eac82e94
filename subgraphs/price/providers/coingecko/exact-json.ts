import { Decimal } from '../../../shared/decimal.ts';

/** More digits than any price or supply has; the exponent is bounded as well, or writing a number out fills memory. */
const MAX_NUMBER_LENGTH = 120;
const MAX_EXPONENT = 78;

/** What the reviver is told of a primitive value: its text as it stood in the source. */
interface ReviverContext {
  readonly source?: string;
}

type SourceReviver = (key: string, value: unknown, context: ReviverContext) => unknown;

/**
 * Parses JSON with numbers as exact decimals, read from their text: a float in between would lose digits.
 *
 * @throws SyntaxError for what is no JSON, RangeError for numbers that are absurdly long, large or small
 * @see https://tc39.es/proposal-json-parse-with-source/
 */
export function parseExactJson(text: string): unknown {
  const revive: SourceReviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(source) : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

function exactNumber(source: string): Decimal {
  if (source.length <= MAX_NUMBER_LENGTH) {
    const number = new Decimal(source);
    if (Math.abs(number.e) <= MAX_EXPONENT) return number;
  }
  throw new RangeError(
    `Expected a number of at most ${MAX_NUMBER_LENGTH} characters and an exponent up to ${MAX_EXPONENT}, found "${source.slice(0, 40)}".`,
  );
}
