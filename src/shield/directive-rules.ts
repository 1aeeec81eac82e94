import { type AnyRule, and, deny, hasScopes, isAuthenticated, or } from '../lib/rules.ts';
import type { AccessRequirement, Alternatives } from '../supergraph/required-access.ts';
import type { RuleFile } from './load-rules.ts';

const policyRules = new WeakMap<Alternatives, AnyRule>();

/**
 * The rules that access directives stand for: `@authenticated`, `@requiresScopes`, and for `@policy` what the rules
 * file says of each policy. Without a rules file nobody fulfils a policy.
 *
 * @param faults - gets a line for each policy that the rules file does not define
 */
export function rulesOfRequirement(
  requirement: AccessRequirement | undefined,
  coordinate: string,
  rules: RuleFile | undefined,
  faults: string[],
): AnyRule[] {
  if (requirement === undefined) return [];
  const { authenticated, scopes, policies } = requirement;
  return [
    ...(authenticated ? [isAuthenticated] : []),
    ...scopes.map((alternatives) => hasScopes(...alternatives)),
    ...policies.map((alternatives) => policyRule(alternatives, coordinate, rules, faults)),
  ];
}

function policyRule(
  alternatives: Alternatives,
  coordinate: string,
  rules: RuleFile | undefined,
  faults: string[],
): AnyRule {
  if (rules === undefined) return deny;
  const ruleOf = (name: string): AnyRule => {
    const rule = rules.policies[name];
    if (rule !== undefined) return rule;
    faults.push(`${coordinate} asks for the policy "${name}", which "policies" does not define`);
    return deny;
  };
  let rule = policyRules.get(alternatives);
  if (rule === undefined) {
    rule = or(...alternatives.map((names) => and(...names.map(ruleOf))));
    policyRules.set(alternatives, rule);
  }
  return rule;
}
