import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isIntrospectionType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { ConfigError } from '../errors/errors.ts';
import { type AnyRule, allow, deny } from '../lib/rules.ts';
import { readInaccessible } from '../supergraph/inaccessible.ts';
import { type AccessRequirement, readRequiredAccess } from '../supergraph/required-access.ts';
import { rulesOfRequirement } from './directive-rules.ts';
import { createGuardRule, type Guard, type GuardRule, isPublicRule } from './guard.ts';
import { interfaceRequirement } from './interface-requirement.ts';
import type { RuleFile } from './load-rules.ts';
import { readRuleMap } from './read-rule-map.ts';

export interface CompileRulesOptions {
  /** The supergraph as it was composed, with its access directives. */
  readonly document: DocumentNode;
  /** The same supergraph as a schema, inaccessible elements included. */
  readonly schema: GraphQLSchema;
  /** The rules by field; without them the directives alone hold, and what has none is open. */
  readonly rules: RuleFile | undefined;
}

/** One predicate for each field of an object type. */
export interface CompiledRules {
  /** @returns undefined when everybody may see the field */
  guardOf(typeName: string, fieldName: string): Guard | undefined;
  /** Every guard, in the order of the schema. */
  readonly guards: readonly Guard[];
  /** Coordinates whose rules look at more of the caller than the tier: never shared between callers. */
  readonly privateCoordinates: ReadonlySet<string>;
  /** Coordinates that are refused because neither a rule nor a directive names them. */
  readonly unnamed: readonly string[];
}

/**
 * Compiles the rule map and the access directives of a supergraph to one guard by field: directives and rules must
 * both pass. With a map, a field that neither names is refused.
 *
 * @throws ConfigError RULES_INVALID with all that is wrong with the map
 */
export function compileRules({ document, schema, rules }: CompileRulesOptions): CompiledRules {
  const requirements = readRequiredAccess(document);
  const inaccessible = readInaccessible(document);
  const { ruleOf, faults } = readRuleMap(rules?.map ?? {}, schema);
  const policyRules = (requirement: AccessRequirement | undefined, coordinate: string) =>
    rulesOfRequirement(requirement, coordinate, rules, faults);

  const guards = new Map<string, Guard>();
  const guardRules = new Map<AnyRule, GuardRule>();
  const privateCoordinates = new Set<string>();
  const unnamed: string[] = [];

  const directiveRules = (type: GraphQLObjectType, fieldName: string): AnyRule[] => {
    const field = type.getFields()[fieldName];
    const leaf = field === undefined ? undefined : getNamedType(field.type);
    const coordinate = `${type.name}.${fieldName}`;
    return [
      requirements.get(type.name),
      requirements.get(coordinate),
      isLeafType(leaf) ? requirements.get(leaf.name) : undefined,
      ...type.getInterfaces().map((of) => interfaceRequirement(requirements, schema, of, fieldName)),
    ].flatMap((requirement) => policyRules(requirement, coordinate));
  };

  // What clients cannot ask for needs no rule.
  const isVisible = (coordinate: string, typeName: string) =>
    !inaccessible.has(coordinate) && !inaccessible.has(typeName);

  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const fieldName of Object.keys(type.getFields())) {
      const coordinate = `${type.name}.${fieldName}`;
      const named = [...directiveRules(type, fieldName), ...ruleOf(type.name, fieldName)];
      const isUnnamed = named.length === 0 && rules !== undefined && isVisible(coordinate, type.name);
      if (isUnnamed) unnamed.push(coordinate);
      const asked = [...new Set(isUnnamed ? [deny] : named)].filter((rule) => rule !== allow);
      if (asked.length === 0) continue;
      guards.set(coordinate, createGuard(coordinate, asked, guardRules));
      if (!asked.every(isPublicRule)) privateCoordinates.add(coordinate);
    }
  }
  if (faults.length > 0) {
    throw new ConfigError('RULES_INVALID', [`${rules?.file ?? 'the supergraph'}:`, ...faults].join('\n  '));
  }
  return {
    guardOf: (typeName, fieldName) => guards.get(`${typeName}.${fieldName}`),
    guards: [...guards.values()],
    privateCoordinates,
    unnamed,
  };
}

/** @param known - each rule is prepared once, so that its verdicts are remembered once */
function createGuard(coordinate: string, asked: readonly AnyRule[], known: Map<AnyRule, GuardRule>): Guard {
  const rules = asked.map((rule) => {
    const guardRule = known.get(rule) ?? createGuardRule(rule);
    known.set(rule, guardRule);
    return guardRule;
  });
  return { coordinate, rules, isPerRequest: rules.some(({ isPerRequest }) => isPerRequest) };
}
