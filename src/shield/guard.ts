import { type AnyRule, type RuleInput, readsOnly } from '../lib/rules.ts';
import { describeRule } from './describe-rule.ts';

/** All rules of one field of an object type. Each must hold. */
export interface Guard {
  /** `Type.field` */
  readonly coordinate: string;
  /** In the order in which they are asked: directives, then the map. */
  readonly rules: readonly GuardRule[];
  /** Whether a rule depends on more than what all callers of one class have in common. */
  readonly isPerRequest: boolean;
}

/** A rule with what has been found out about it. */
export interface GuardRule {
  readonly rule: AnyRule;
  /** For operators. */
  readonly name: string;
  /** Whether its verdict depends on more than tier, scopes and whether there is a user. */
  readonly isPerRequest: boolean;
}

/** Inputs whose values all callers of one class share. */
const CLASS_INPUTS: ReadonlySet<RuleInput> = new Set(['authenticated', 'tier', 'scopes', 'hasUser']);
/** Inputs that say nothing of the caller beyond the tier, which every key of shared work contains. */
const PUBLIC_INPUTS: ReadonlySet<RuleInput> = new Set(['authenticated', 'tier', 'arguments', 'variables']);

/** Prepares a rule of a guard. */
export function createGuardRule(rule: AnyRule): GuardRule {
  return { rule, name: describeRule(rule), isPerRequest: !readsOnly(rule, CLASS_INPUTS) };
}

/** Whether a rule says the same to all callers of one tier. */
export function isPublicRule(rule: AnyRule): boolean {
  return readsOnly(rule, PUBLIC_INPUTS);
}
