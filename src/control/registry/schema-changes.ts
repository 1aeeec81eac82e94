import { type Change, ChangeType, CriticalityLevel, DiffRule, diff } from '@graphql-inspector/core';
import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import type { AccessRequirements } from '../../supergraph/access-directives.ts';
import type { SchemaChange, Verdict } from './change-analysis.ts';

/** A schema as clients see it, and what it asks of them. */
export interface ClientSchema {
  readonly schema: GraphQLSchema;
  readonly access: AccessRequirements;
}

/** Which operations depend on a coordinate, by id. */
export type UsersOf = (coordinate: string) => readonly string[];

export interface UsageFacts {
  readonly usersOf: UsersOf;
  /** How many operations are known; with none, nobody can say that a place is unused. */
  readonly knownOperations: number;
  readonly usageDays: number;
  readonly nowMs: number;
}

/** A change before use is weighed. */
interface Finding {
  readonly code: string;
  readonly coordinate: string;
  readonly message: string;
  readonly level: 'breaking' | 'dangerous' | 'safe';
  /** The place whose users are hit. */
  readonly hits: string;
  /** Why it breaks whether it is used or not. */
  readonly promise?: string;
}

/**
 * Compares two schemas, and weighs each difference by who uses its place: what would break somebody `breaks`, what
 * would break nobody who was seen `warns`.
 */
export async function compareSchemas(
  before: ClientSchema,
  after: ClientSchema,
  facts: UsageFacts,
): Promise<SchemaChange[]> {
  const changes = await diff(before.schema, after.schema, [DiffRule.simplifyChanges]);
  const findings = [
    ...changes
      .filter(({ type }) => !String(type).startsWith('DIRECTIVE_'))
      .map((change) => describeChange(change, before.schema, facts.nowMs)),
    ...compareAccess(before, after),
  ];
  return findings.map((finding) => weigh(finding, facts)).sort(bySeverity);
}

function describeChange(change: Change, before: GraphQLSchema, nowMs: number): Finding {
  const coordinate = change.path ?? 'schema';
  const promise = removalPromise(change, before, nowMs);
  return {
    code: String(change.type),
    coordinate,
    message: change.message,
    level: LEVELS[change.criticality.level],
    hits: placeOfUse(change, coordinate),
    ...(promise === undefined ? {} : { promise }),
  };
}

const LEVELS = {
  [CriticalityLevel.Breaking]: 'breaking',
  [CriticalityLevel.Dangerous]: 'dangerous',
  [CriticalityLevel.NonBreaking]: 'safe',
} as const;

/** Changes that hit those who use what the place stands in: they do not know the place itself. */
const HITS_PARENT: ReadonlySet<unknown> = new Set([
  ChangeType.FieldArgumentAdded,
  ChangeType.FieldArgumentDefaultChanged,
  ChangeType.InputFieldAdded,
  ChangeType.InputFieldDefaultValueChanged,
  ChangeType.EnumValueAdded,
  ChangeType.EnumValueRemoved,
]);

function placeOfUse({ type }: Change, coordinate: string): string {
  return HITS_PARENT.has(type) ? coordinate.slice(0, Math.max(0, coordinate.lastIndexOf('.'))) : coordinate;
}

const REMOVAL_DATE = /remov\w*[^.]*?(\d{4}-\d{2}-\d{2})/i;

/** A deprecated field whose reason names a day is kept until that day, used or not. */
function removalPromise({ type, path }: Change, before: GraphQLSchema, nowMs: number): string | undefined {
  if (type !== ChangeType.FieldRemoved || path === undefined) return undefined;
  const [typeName = '', fieldName = ''] = path.split('.');
  const owner = before.getType(typeName);
  if (!isObjectType(owner) && !isInterfaceType(owner)) return undefined;
  const day = REMOVAL_DATE.exec(owner.getFields()[fieldName]?.deprecationReason ?? '')?.[1];
  if (day === undefined || Date.parse(`${day}T00:00:00Z`) <= nowMs) return undefined;
  return `its deprecation promises it until ${day}`;
}

/** What callers must have beyond what they needed before, and what was opened. */
function compareAccess(before: ClientSchema, after: ClientSchema): Finding[] {
  const coordinates = new Set([...before.access.keys(), ...after.access.keys()]);
  return [...coordinates].flatMap((coordinate): Finding[] => {
    const [old, next] = [before.access.get(coordinate), after.access.get(coordinate)];
    if (old === next || !exists(before.schema, coordinate) || !exists(after.schema, coordinate)) return [];
    const change = { coordinate, hits: coordinate };
    if (next === undefined) {
      const message = `'${coordinate}' no longer asks for ${old}: what else guards it?`;
      return [{ ...change, code: 'ACCESS_REMOVED', message, level: 'dangerous' }];
    }
    return old === undefined
      ? [
          {
            ...change,
            code: 'ACCESS_ADDED',
            message: `'${coordinate}' now asks for ${next}`,
            level: 'breaking',
          },
        ]
      : [
          {
            ...change,
            code: 'ACCESS_CHANGED',
            message: `'${coordinate}' asked for ${old} and now asks for ${next}`,
            level: 'breaking',
          },
        ];
  });
}

function exists(schema: GraphQLSchema, coordinate: string): boolean {
  const [typeName = '', fieldName] = coordinate.split('.');
  const type = schema.getType(typeName);
  if (fieldName === undefined || type === undefined) return type !== undefined;
  return (isObjectType(type) || isInterfaceType(type)) && fieldName in type.getFields();
}

function weigh(finding: Finding, { usersOf, knownOperations, usageDays }: UsageFacts): SchemaChange {
  const { code, coordinate, message, level, hits, promise } = finding;
  const usedBy = [...usersOf(hits)];
  const told = (verdict: Verdict, reason?: string): SchemaChange => ({
    code,
    coordinate,
    message,
    verdict,
    usedBy: verdict === 'passes' ? [] : usedBy,
    ...(reason === undefined ? {} : { reason }),
  });
  if (level === 'safe') return told('passes');
  if (level === 'dangerous') return told('warns');
  if (promise !== undefined) return told('breaks', promise);
  if (usedBy.length > 0) return told('breaks');
  return knownOperations === 0
    ? told('breaks', 'no operation of any client is known yet, so nothing says that it is unused')
    : told('warns', `no operation of the last ${usageDays} days and no registered document uses it`);
}

const ORDER: Readonly<Record<Verdict, number>> = { breaks: 0, warns: 1, passes: 2 };

function bySeverity(left: SchemaChange, right: SchemaChange): number {
  return ORDER[left.verdict] - ORDER[right.verdict] || left.coordinate.localeCompare(right.coordinate);
}
