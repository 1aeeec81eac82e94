import type { EntitySelection, FetchCall } from '../transport/fetch-call.ts';
import type { SubgraphResponse, SubgraphResponseError } from '../transport/subgraph-client.ts';
import { selectionKey } from './sharing-keys.ts';

/** An entity look-up: a fetch with representations. */
export interface Lookup extends FetchCall {
  readonly fetch: FetchCall['fetch'] & { readonly entities: EntitySelection };
  readonly representations: readonly string[];
}

export function isLookup(call: FetchCall): call is Lookup {
  return call.fetch.entities !== undefined && call.representations !== undefined;
}

/** Several look-ups as one request. */
export interface MergedLookups {
  /** The body of the HTTP request. */
  readonly body: string;
  /** How many representations it carries. */
  readonly representationCount: number;
  /** The answer of each look-up, in the order of the look-ups, as the subgraph would have given it alone. */
  split(response: SubgraphResponse): readonly SubgraphResponse[];
}

/** Look-ups of one selection: their representations travel in one list. */
interface Group {
  /** The response name of its `_entities` field. */
  readonly alias: string;
  /** The variable with its representations. */
  readonly variable: string;
  readonly lookup: Lookup;
  readonly representations: string[];
  readonly indexes: Map<string, number>;
}

/** Where a look-up's answers are. */
interface Place {
  readonly group: Group;
  /** For each of its representations the index in the group's list. */
  readonly indexes: readonly number[];
}

/**
 * Puts look-ups of one subgraph and one audience into one request.
 *
 * Look-ups of equal selection and variables share one list of representations, each of which is sent once; the others
 * stand beside it under aliases: `e0:_entities(representations:$_r0){…} e1:_entities(representations:$_r1){…}`.
 *
 * @param lookups - of one batch: their directives are equal, and so are variables of equal names (`batchLookups`)
 */
export function mergeLookups(lookups: readonly Lookup[]): MergedLookups {
  const groups = new Map<string, Group>();
  const places: Place[] = [];
  for (const lookup of lookups) {
    const key = selectionKey(lookup.fetch.entities, lookup.variables);
    let group = groups.get(key);
    if (group === undefined) {
      group = createGroup(groups.size, lookup);
      groups.set(key, group);
    }
    places.push(placeOf(lookup, group));
  }
  const list = [...groups.values()];
  return {
    body: writeBody(list),
    representationCount: list.reduce((count, { representations }) => count + representations.length, 0),
    split: (response) => splitResponse(response, list, places),
  };
}

function createGroup(number: number, lookup: Lookup): Group {
  return { alias: `e${number}`, variable: `_r${number}`, lookup, representations: [], indexes: new Map() };
}

/** The variables of all groups as members of a JSON object; where names are equal, values are. */
function variableMembers(groups: readonly Group[]): string[] {
  const texts = new Set(groups.map(({ lookup }) => lookup.variables).filter((text) => text !== ''));
  if (texts.size <= 1) return [...texts];
  const members = new Map(
    [...texts].flatMap((text) => Object.entries(JSON.parse(`{${text}}`) as Record<string, unknown>)),
  );
  return [...members].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
}

function placeOf({ representations }: Lookup, group: Group): Place {
  const indexes = representations.map((representation) => {
    let index = group.indexes.get(representation);
    if (index === undefined) {
      index = group.representations.push(representation) - 1;
      group.indexes.set(representation, index);
    }
    return index;
  });
  return { group, indexes };
}

function writeBody(groups: readonly Group[]): string {
  const definitions = new Set(groups.flatMap(({ lookup }) => lookup.fetch.entities.variableDefinitions));
  const representationDefinitions = groups.map(({ variable }) => `$${variable}:[_Any!]!`);
  const fields = groups.map(
    ({ alias, variable, lookup }) =>
      `${alias}:_entities(representations:$${variable})${lookup.fetch.entities.selection}`,
  );
  const directives = groups[0]?.lookup.fetch.entities.directives ?? '';
  const query = `query(${[...definitions, ...representationDefinitions].join(' ')})${directives}{${fields.join(' ')}}`;
  const members = [
    ...variableMembers(groups),
    ...groups.map(({ variable, representations }) => `"${variable}":[${representations.join(',')}]`),
  ];
  return `{"query":${JSON.stringify(query)},"variables":{${members.join(',')}}}`;
}

/** What a group's errors say, by the representation they are about. */
interface GroupErrors {
  /** Of no representation: everybody's. */
  readonly general: readonly SubgraphResponseError[];
  readonly byIndex: ReadonlyMap<number, readonly SubgraphResponseError[]>;
}

const NO_ERRORS: readonly SubgraphResponseError[] = [];

function splitResponse(
  { data, errors }: SubgraphResponse,
  groups: readonly Group[],
  places: readonly Place[],
): SubgraphResponse[] {
  // Read once per group: a subgraph may send a hundred thousand errors to a hundred look-ups.
  const errorsByGroup =
    errors.length === 0 ? undefined : new Map(groups.map((group) => [group, groupErrors(errors, group)]));
  return places.map(({ group, indexes }) => {
    const entities = data?.[group.alias];
    const own = errorsByGroup?.get(group);
    return {
      data: data == null ? data : { _entities: Array.isArray(entities) ? pick(entities, indexes) : entities },
      errors: own === undefined ? NO_ERRORS : errorsOf(own, indexes),
    };
  });
}

/** A list that is too short stays too short: the missing ones are missing for those who asked for them. */
function pick(entities: readonly unknown[], indexes: readonly number[]): unknown[] {
  return indexes.map((index) => entities[index]);
}

function groupErrors(errors: readonly SubgraphResponseError[], { alias }: Group): GroupErrors {
  const general: SubgraphResponseError[] = [];
  const byIndex = new Map<number, SubgraphResponseError[]>();
  for (const error of errors) {
    const [field, index] = Array.isArray(error.path) ? error.path : [];
    // An error without a path, or with one of another field, is everybody's.
    if (typeof field === 'string' && field !== alias && /^e\d+$/.test(field)) continue;
    if (typeof index !== 'number') {
      general.push(error.path === undefined || field !== alias ? error : { ...error, path: ['_entities'] });
      continue;
    }
    const same = byIndex.get(index);
    if (same === undefined) byIndex.set(index, [error]);
    else same.push(error);
  }
  return { general, byIndex };
}

/** The errors that concern a look-up, with paths, and in the order, as if it had asked alone. */
function errorsOf(
  { general, byIndex }: GroupErrors,
  indexes: readonly number[],
): readonly SubgraphResponseError[] {
  if (byIndex.size === 0) return general;
  const located = indexes.flatMap((groupIndex, index) =>
    (byIndex.get(groupIndex) ?? NO_ERRORS).map((error) => ({
      ...error,
      path: ['_entities', index, ...(error.path as readonly unknown[]).slice(2)],
    })),
  );
  return [...general, ...located];
}
