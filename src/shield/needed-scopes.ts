import type { Caller } from '../context.ts';
import { leavesOf, marksOf } from '../lib/rules.ts';
import type { Guard } from './guard.ts';

/** The scopes that guards ask about; undefined when a rule reads scopes without saying which. */
export function neededScopes(guards: Iterable<Guard>): ReadonlySet<string> | undefined {
  const needed = new Set<string>();
  for (const { rules } of guards) {
    for (const leaf of rules.flatMap(({ rule }) => leavesOf(rule))) {
      const marks = marksOf(leaf);
      if (marks === undefined) continue;
      const { reads, scopes } = marks;
      if (scopes === undefined && (reads === undefined || reads.includes('scopes'))) return undefined;
      for (const scope of scopes ?? []) needed.add(scope);
    }
  }
  return needed;
}

/**
 * A caller with no more scopes than are needed: what subgraphs are told. A token that leaks opens no more than the
 * operation that it was made for.
 */
export function narrowCaller(caller: Caller, needed: ReadonlySet<string> | undefined): Caller {
  if (needed === undefined || [...caller.scopes].every((scope) => needed.has(scope))) return caller;
  return { ...caller, scopes: new Set([...caller.scopes].filter((scope) => needed.has(scope))) };
}
