import type { Lookup } from './merge-lookups.ts';

/** Look-ups that travel in one request. */
interface Batch {
  readonly indexes: number[];
  /** Whether nothing else may join: a variable has the name of one that merging adds. */
  readonly isClosed: boolean;
  representationCount: number;
  /** Of its operation. */
  readonly directives: string;
  /** What each variable of the request is: its definition and, if one was provided, its value. */
  readonly variables: Map<string, string>;
}

/** Names that a merged request gives its own variables. */
const RESERVED_NAME = /^_r\d+$/;

/**
 * Says which look-ups may travel in one request: each goes into the first one that has room for it and calls nothing
 * else by the names of its variables. A look-up is never cut.
 *
 * @returns the indexes of the look-ups of each request, in their order
 */
export function batchLookups(lookups: readonly Lookup[], maxRepresentations: number): readonly number[][] {
  if (lookups.length === 1) return [[0]];
  const batches: Batch[] = [];
  const known = new Map<string, ReadonlyMap<string, string>>();
  for (const [index, lookup] of lookups.entries()) {
    const { directives } = lookup.fetch.entities;
    const variables = variablesOf(lookup, known);
    const { length } = lookup.representations;
    const isReserved = [...variables.keys()].some((name) => RESERVED_NAME.test(name));
    let batch = batches.find(
      (candidate) =>
        !isReserved &&
        !candidate.isClosed &&
        candidate.representationCount + length <= maxRepresentations &&
        candidate.directives === directives &&
        isCompatible(candidate.variables, variables),
    );
    if (batch === undefined) {
      batch = { indexes: [], isClosed: isReserved, representationCount: 0, directives, variables: new Map() };
      batches.push(batch);
    }
    batch.indexes.push(index);
    batch.representationCount += length;
    for (const [name, meaning] of variables) batch.variables.set(name, meaning);
  }
  return batches.map(({ indexes }) => indexes);
}

const NO_VARIABLES: ReadonlyMap<string, string> = new Map();

/** What each variable of a look-up is; `known` holds those of look-ups before it. */
function variablesOf(
  lookup: Lookup,
  known: Map<string, ReadonlyMap<string, string>>,
): ReadonlyMap<string, string> {
  const { variableDefinitions } = lookup.fetch.entities;
  if (variableDefinitions.length === 0 && lookup.variables === '') return NO_VARIABLES;
  const text = `${variableDefinitions.join(' ')}\n${lookup.variables}`;
  const variables = known.get(text) ?? meaningOf(lookup);
  known.set(text, variables);
  return variables;
}

/** What each variable of a look-up is; the default of one that was not provided is part of its definition. */
function meaningOf({ fetch, variables }: Lookup): ReadonlyMap<string, string> {
  const values = JSON.parse(`{${variables}}`) as Record<string, unknown>;
  const meanings = new Map<string, string>();
  for (const [name, value] of Object.entries(values)) meanings.set(name, JSON.stringify(value));
  for (const definition of fetch.entities.variableDefinitions) {
    const name = definition.slice(1, definition.indexOf(':'));
    meanings.set(name, `${definition}=${meanings.get(name) ?? ''}`);
  }
  return meanings;
}

function isCompatible(taken: ReadonlyMap<string, string>, variables: ReadonlyMap<string, string>): boolean {
  for (const [name, meaning] of variables) {
    const other = taken.get(name);
    if (other !== undefined && other !== meaning) return false;
  }
  return true;
}
