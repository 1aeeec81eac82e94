import type { Caller } from '../context.ts';

/** A caller of each class, so many at most, those that come first. */
export function oneOfEachClass(callers: Iterable<Caller>, most: number): readonly Caller[] {
  const byClass = new Map<string, Caller>();
  for (const caller of callers) {
    if (byClass.size >= most) break;
    const callerClass = classOf(caller);
    if (!byClass.has(callerClass)) byClass.set(callerClass, caller);
  }
  return [...byClass.values()];
}

const classes = new WeakMap<Caller, string>();

/**
 * What callers have in common for whom rules say the same, as text: tier, scopes, whether there is a user. A million
 * users of one app are one class.
 */
export function classOf(caller: Caller): string {
  let known = classes.get(caller);
  if (known === undefined) {
    const { tier, scopes, userId } = caller;
    known = JSON.stringify([tier, userId !== undefined, [...scopes].sort()]);
    // A key's caller is one object as long as its snapshot lives.
    classes.set(caller, known);
  }
  return known;
}
