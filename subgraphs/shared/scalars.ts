import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { Decimal, formatDecimal, MAX_FRACTION_DIGITS, MAX_INTEGER_DIGITS, parseDecimal } from './decimal.ts';

/** The scalars that all subgraphs share; descriptions stand in the SDL. */

function invalid(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

function readDecimal(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === undefined) {
    throw invalid(
      `Decimal expects plain digits without an exponent, at most ${MAX_INTEGER_DIGITS} before and ${MAX_FRACTION_DIGITS} after the point.`,
    );
  }
  return value;
}

/** `Decimal`: inside the program a decimal.js number, outside a string. JSON floats are refused. */
export const GraphQLDecimal = new GraphQLScalarType<Decimal, string>({
  name: 'Decimal',
  serialize(value) {
    if (value instanceof Decimal) return formatDecimal(value);
    if (typeof value === 'string') return formatDecimal(readDecimal(value));
    throw invalid('Decimal cannot represent a value that is neither an exact number nor its text.');
  },
  parseValue(value) {
    if (typeof value === 'string') return readDecimal(value);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return new Decimal(value);
    throw invalid('Decimal expects a string such as "0.25", or an integer; JSON floats lose digits.');
  },
  parseLiteral(node) {
    if (node.kind === Kind.STRING || node.kind === Kind.INT) return readDecimal(node.value);
    throw invalid('Decimal expects a string such as "0.25", or an integer; floats lose digits.');
  },
});

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/;

function readDateTime(value: unknown): Date {
  const text = typeof value === 'string' ? value : '';
  const date = new Date(DATE_TIME.test(text) ? text : Number.NaN);
  // 30 February parses as 1 March: the day must come out as it went in.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text.slice(0, 10)) {
    throw invalid('DateTime expects an instant in UTC such as "2026-11-22T08:00:00Z".');
  }
  return date;
}

/** `DateTime`: inside the program a `Date`, outside RFC 3339 in UTC; whole seconds are written without a fraction. */
export const GraphQLDateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize(value) {
    const date = value instanceof Date ? value : new Date(typeof value === 'number' ? value : Number.NaN);
    if (Number.isNaN(date.getTime())) throw invalid('DateTime cannot represent a value that is no instant.');
    return date.toISOString().replace('.000Z', 'Z');
  },
  parseValue: readDateTime,
  parseLiteral: (node) => readDateTime(node.kind === Kind.STRING ? node.value : undefined),
});

const CURRENCY_CODE = /^[A-Z0-9]{2,10}$/;

function readCurrencyCode(value: unknown): string {
  if (typeof value === 'string' && CURRENCY_CODE.test(value)) return value;
  throw invalid('CurrencyCode expects an upper-case code such as "USD" or "BTC".');
}

/** `CurrencyCode`: an upper-case code; whether it is supported is for the resolver to say. */
export const GraphQLCurrencyCode = new GraphQLScalarType<string, string>({
  name: 'CurrencyCode',
  serialize: readCurrencyCode,
  parseValue: readCurrencyCode,
  parseLiteral: (node) => readCurrencyCode(node.kind === Kind.STRING ? node.value : undefined),
});

function readUrl(value: unknown): string {
  if (typeof value === 'string' && URL.canParse(value) && new URL(value).protocol === 'https:') return value;
  throw invalid('URL expects an absolute https address.');
}

/** `URL`: an absolute https address. */
export const GraphQLUrl = new GraphQLScalarType<string, string>({
  name: 'URL',
  serialize: readUrl,
  parseValue: readUrl,
  parseLiteral: (node) => readUrl(node.kind === Kind.STRING ? node.value : undefined),
});
