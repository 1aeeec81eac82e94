/** A way in which the stock executor is wrong, where the monolith is right. */
export interface StockFault {
  readonly name: string;
  readonly reason: string;
  /** What its differences look like. */
  readonly pattern: RegExp;
}

/** Differences of the stock executor that are known, each seen among the first 500 seeds. */
export const STOCK_FAULTS: readonly StockFault[] = [
  {
    name: 'errors of fields that are not in the answer',
    reason:
      'A field that `@skip` or `@include` takes out is fetched all the same, and its error is told at a path that the answer does not have.',
    pattern: /^unexpected error for .*\(not in the data\)/,
  },
  {
    name: 'inaccessible enum values without an error',
    reason:
      'A value that clients must not see becomes null, but nothing is told, not even as value completion.',
    pattern: /^no error for .*format(?:_\d+)?(?:,|$)/,
  },
  {
    name: 'lost fields',
    reason:
      'Fields in fragments on a type inside fragments on its interface are left out of the answer where fragments are spread more than once.',
    pattern: /^data differs at .*: nothing, expected/,
  },
];

/** The known fault that explains a difference. */
export function knownStockFault(difference: string): StockFault | undefined {
  return STOCK_FAULTS.find(({ pattern }) => pattern.test(difference));
}
