import type { Case } from './random-case.ts';

/** A way in which the stock planner or executor is wrong, where the monolith is right. */
export interface StockFault {
  readonly name: string;
  readonly reason: string;
  /** What its differences look like. */
  readonly difference: RegExp;
  /** What an operation must have to meet it. */
  readonly query: RegExp;
}

const ANY = /^/;

/** Differences of the stock executor that are known, each seen among the first 500 seeds; the first that fits counts. */
export const STOCK_FAULTS: readonly StockFault[] = [
  {
    name: 'errors of fields that are not in the answer',
    reason:
      'The planner moves conditions outwards or leaves them to the subgraph, and a field that is skipped in the answer is fetched all the same: its error is told at a path that the answer does not have.',
    difference: /^unexpected error for .*\(not in the data\)/,
    query: /@skip|@include/,
  },
  {
    name: 'inaccessible enum values without an error',
    reason: 'A value that clients must not see becomes null, and nothing says so.',
    difference: /^no error for [^,]*\bformat/,
    query: /\bformat\b/,
  },
  {
    name: 'wrong list index in the path of an error',
    reason:
      'The index of the representation is taken for the index of the entity, although entities of other types were left out before it.',
    difference: /^no error for .*\.\d+\./,
    query: ANY,
  },
  {
    name: 'mutations without a selection that stands',
    reason:
      'The planner moves a condition of everything that is selected of a root field out of it, so that the mutation is never called.',
    difference: /: null, expected \{\}$/,
    query: /^mutation[\s\S]*(?:@skip|@include)/,
  },
  {
    name: 'mutations out of order',
    reason:
      'The planner puts root fields of fragments in front of those that stand directly in the operation.',
    difference: /^data differs/,
    query: /^mutation[^{]*\{[\s\S]*\.\.\.(?: on Mutation|\s*Part)/,
  },
  {
    name: 'fields of an interface object that take the type away',
    reason:
      'When `__typename` is selected beside a field of an `@interfaceObject`, its subgraph answers the name of the interface, which overwrites the name of the type: the object becomes null or loses fields.',
    difference: /^data differs at .*: (?:null|nothing), expected/,
    query: /\b(?:rating|reviews|product)\b/,
  },
  {
    name: 'lost fields in nested fragments',
    reason:
      'A fragment on a type inside a fragment on its interface is not applied to an object whose type was not fetched.',
    difference: /^data differs at .*: nothing, expected/,
    query: /\.\.\. on (?:Actor|Product)|fragment \w+ on (?:Actor|Product)/,
  },
];

/** The known fault that explains a difference. */
export function knownStockFault(of: Case, difference: string): StockFault | undefined {
  return STOCK_FAULTS.find((fault) => fault.difference.test(difference) && fault.query.test(of.query));
}
