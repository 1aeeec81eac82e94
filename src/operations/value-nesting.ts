import { type DocumentNode, visit } from 'graphql';

/**
 * Whether lists and objects of a value nest deeper than a limit: what is much deeper breaks whoever walks it by
 * recursion, `JSON.stringify` first.
 *
 * @param limit - levels, 1 for the outermost; nothing below them is looked at
 */
export function valueNestsDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return inner.some((each) => valueNestsDeeper(each, limit - 1));
}

/** Whether lists and objects that are written into a document nest deeper than a limit. */
export function literalsNestDeeper(document: DocumentNode, limit: number): boolean {
  let depth = 0;
  let deepest = 0;
  const level = {
    enter() {
      depth += 1;
      deepest = Math.max(deepest, depth);
    },
    leave() {
      depth -= 1;
    },
  };
  visit(document, { ListValue: level, ObjectValue: level });
  return deepest > limit;
}
