import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { nearestName } from '../lib/nearest-name.ts';
import { type AnyRule, allow, deny, isRule, leavesOf, marksOf } from '../lib/rules.ts';

/** A rule map that was checked against a schema. */
export interface ReadRuleMap {
  /** The rules of a field of an object type: its own, and those of its interfaces. Empty when nothing names it. */
  ruleOf(typeName: string, fieldName: string): readonly AnyRule[];
  /** What is wrong with the map, one line each; more may be added. */
  readonly faults: string[];
}

const EVERY_FIELD = '*';

/** Reads a map of rules by type and field: every name must exist, every rule must be static. */
export function readRuleMap(map: Readonly<Record<string, unknown>>, schema: GraphQLSchema): ReadRuleMap {
  const faults: string[] = [];
  const rules = new Map<string, ReadonlyMap<string, AnyRule>>();
  for (const [typeName, entry] of Object.entries(map)) {
    const type = guardableType(typeName, schema, faults);
    if (type !== undefined) rules.set(typeName, readType(type, entry, faults));
  }
  const lookUp = (typeName: string, fieldName: string): AnyRule | undefined => {
    const ofType = rules.get(typeName);
    return ofType?.get(fieldName) ?? ofType?.get(EVERY_FIELD);
  };
  return {
    faults,
    ruleOf(typeName, fieldName) {
      const type = schema.getType(typeName);
      const interfaces = isObjectType(type) ? type.getInterfaces() : [];
      return [
        lookUp(typeName, fieldName),
        ...interfaces
          .filter((of) => of.getFields()[fieldName] !== undefined)
          .map(({ name }) => lookUp(name, fieldName)),
      ].filter((rule) => rule !== undefined);
    },
  };
}

function guardableType(
  typeName: string,
  schema: GraphQLSchema,
  faults: string[],
): GraphQLObjectType | GraphQLInterfaceType | undefined {
  const type = schema.getType(typeName);
  if (type === undefined || typeName.startsWith('__')) {
    faults.push(`there is no type "${typeName}"${didYouMean(typeName, guardableNames(schema))}`);
  } else if (isObjectType(type)) {
    return type;
  } else if (isInterfaceType(type)) {
    // A rule of an interface is enforced at the types that implement it: there must be some.
    if (schema.getPossibleTypes(type).length > 0) return type;
    faults.push(`no type implements the interface "${typeName}", so its rule guards nothing`);
  } else if (isUnionType(type)) {
    const members = type.getTypes().map(({ name }) => name);
    faults.push(`the union "${typeName}" has no fields: name its members (${members.join(', ')})`);
  } else {
    faults.push(`"${typeName}" has no fields: rules guard fields of object types and interfaces`);
  }
  return undefined;
}

function guardableNames(schema: GraphQLSchema): readonly string[] {
  return Object.keys(schema.getTypeMap()).filter((name) => !name.includes('__'));
}

function readType(
  type: GraphQLObjectType | GraphQLInterfaceType,
  entry: unknown,
  faults: string[],
): ReadonlyMap<string, AnyRule> {
  const rules = new Map<string, AnyRule>();
  if (isRule(entry)) {
    checkLeaves(entry, type.name, faults);
    return rules.set(EVERY_FIELD, entry);
  }
  if (typeof entry !== 'object' || entry === null) {
    faults.push(`${type.name}: expected a rule or an object of rules, found ${describe(entry)}`);
    return rules;
  }
  const fieldNames = Object.keys(type.getFields());
  for (const [fieldName, rule] of Object.entries(entry)) {
    const coordinate = `${type.name}.${fieldName}`;
    if (fieldName !== EVERY_FIELD && !fieldNames.includes(fieldName)) {
      faults.push(`there is no field "${coordinate}"${didYouMean(fieldName, fieldNames)}`);
    } else if (isRule(rule)) {
      checkLeaves(rule, coordinate, faults);
      rules.set(fieldName, rule);
    } else {
      faults.push(`${coordinate}: expected a rule, found ${describe(rule)}`);
    }
  }
  return rules;
}

/** What a rule map may hold: static rules and their combinations. */
export function checkLeaves(rule: AnyRule, place: string, faults: string[]): void {
  for (const leaf of leavesOf(rule)) {
    if (leaf === allow || leaf === deny) continue;
    const marks = marksOf(leaf);
    const name = marks?.name ?? ('name' in leaf ? leaf.name : 'rule');
    if (marks?.kind === 'data') {
      faults.push(`${place}: the rule "${name}" needs data; only the subgraph that has it can enforce it`);
    } else if (marks?.kind !== 'static') {
      faults.push(`${place}: the rule "${name}" is not marked: make it with rule(name, { kind: 'static' })`);
    }
  }
}

function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

function describe(value: unknown): string {
  return value === undefined || value === null ? String(value) : `a ${typeof value}`;
}
