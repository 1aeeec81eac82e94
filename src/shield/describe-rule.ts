import { type AnyRule, allow, deny, marksOf, partsOf } from '../lib/rules.ts';

/** A rule as operators read it: `and(isAuthenticated, hasScopes(portfolio:read))`. */
export function describeRule(rule: AnyRule): string {
  if (rule === allow) return 'allow';
  if (rule === deny) return 'deny';
  const marks = marksOf(rule);
  if (marks !== undefined) return marks.name;
  const parts = partsOf(rule);
  if (parts.length === 0) return 'name' in rule ? rule.name : 'rule';
  return `${combinatorOf(rule)}(${parts.map(describeRule).join(', ')})`;
}

/** Whether a rule holds when a part of it does not. */
export function hasNegation(rule: AnyRule): boolean {
  return combinatorOf(rule) === 'not' || partsOf(rule).some(hasNegation);
}

/** The rules that must all hold for a rule to hold: the parts of `and` and `chain`, and the rule itself. */
export function conjunctsOf(rule: AnyRule): readonly AnyRule[] {
  const combinator = combinatorOf(rule);
  const isConjunction = combinator === 'and' || combinator === 'chain';
  return [rule, ...(isConjunction ? partsOf(rule).flatMap(conjunctsOf) : [])];
}

/** graphql-shield tells its combinations apart by class alone: RuleAnd, RuleOr, RuleNot … */
function combinatorOf(rule: AnyRule): string {
  return rule.constructor.name.replace(/^Rule/, '').toLowerCase();
}
