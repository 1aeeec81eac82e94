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
  /** Variables of the selection as JSON members. */
  readonly variables: ReadonlyMap<string, string>;
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
 * stand beside it under aliases: `e0:_entities(representations:$r0){…} e1:_entities(representations:$r1){…}`.
 *
 * @returns undefined when their variables have equal names and different values
 */
export function mergeLookups(lookups: readonly Lookup[]): MergedLookups | undefined {
  const groups = new Map<string, Group>();
  const variables = new Map<string, string>();
  const places: Place[] = [];
  for (const lookup of lookups) {
    const { entities } = lookup.fetch;
    const key = selectionKey(entities.selection, entities.directives, lookup.variables);
    let group = groups.get(key);
    if (group === undefined) {
      group = createGroup(groups.size, lookup);
      for (const [name, json] of group.variables) {
        if (variables.has(name) && variables.get(name) !== json) return undefined;
        variables.set(name, json);
      }
      groups.set(key, group);
    }
    places.push(placeOf(lookup, group));
  }
  const list = [...groups.values()];
  // Directives on the operation hold for all of it.
  if (new Set(list.map(({ lookup }) => lookup.fetch.entities.directives)).size > 1) return undefined;
  return {
    body: writeBody(list, variables),
    representationCount: list.reduce((count, { representations }) => count + representations.length, 0),
    split: (response) => splitResponse(response, list, places),
  };
}

function createGroup(number: number, lookup: Lookup): Group {
  return {
    alias: `e${number}`,
    variable: `_r${number}`,
    lookup,
    representations: [],
    indexes: new Map(),
    variables: membersOf(lookup.variables),
  };
}

/** The members of a JSON object's inside, each as text. */
function membersOf(variables: string): ReadonlyMap<string, string> {
  if (variables === '') return new Map();
  const values = JSON.parse(`{${variables}}`) as Record<string, unknown>;
  return new Map(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
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

function writeBody(groups: readonly Group[], variables: ReadonlyMap<string, string>): string {
  const definitions = new Set(groups.flatMap(({ lookup }) => lookup.fetch.entities.variableDefinitions));
  const representationDefinitions = groups.map(({ variable }) => `$${variable}:[_Any!]!`);
  const fields = groups.map(
    ({ alias, variable, lookup }) =>
      `${alias}:_entities(representations:$${variable})${lookup.fetch.entities.selection}`,
  );
  const directives = groups[0]?.lookup.fetch.entities.directives ?? '';
  const query = `query(${[...definitions, ...representationDefinitions].join(' ')})${directives}{${fields.join(' ')}}`;
  const members = [
    ...[...variables].map(([name, json]) => `${JSON.stringify(name)}:${json}`),
    ...groups.map(({ variable, representations }) => `"${variable}":[${representations.join(',')}]`),
  ];
  return `{"query":${JSON.stringify(query)},"variables":{${members.join(',')}}}`;
}

function splitResponse(
  { data, errors }: SubgraphResponse,
  groups: readonly Group[],
  places: readonly Place[],
): SubgraphResponse[] {
  const byGroup = new Map<Group, readonly SubgraphResponseError[]>();
  if (errors.length > 0) {
    for (const group of groups)
      byGroup.set(
        group,
        errors.filter((error) => concerns(error, group)),
      );
  }
  return places.map(({ group, indexes }) => {
    const entities = data?.[group.alias];
    const own = byGroup.get(group) ?? [];
    return {
      data: data == null ? data : { _entities: Array.isArray(entities) ? pick(entities, indexes) : entities },
      errors: own.length === 0 ? own : errorsOf(own, indexes),
    };
  });
}

/** A list that is too short stays too short: the missing ones are missing for those who asked for them. */
function pick(entities: readonly unknown[], indexes: readonly number[]): unknown[] {
  return indexes.map((index) => entities[index]);
}

/** An error without a path, or with one of another field, is everybody's. */
function concerns({ path }: SubgraphResponseError, { alias }: Group): boolean {
  const field = Array.isArray(path) ? path[0] : undefined;
  return typeof field !== 'string' || field === alias || !/^e\d+$/.test(field);
}

/** The errors that concern a look-up, with paths, and in the order, as if it had asked alone. */
function errorsOf(
  errors: readonly SubgraphResponseError[],
  indexes: readonly number[],
): SubgraphResponseError[] {
  const located = errors.flatMap((error) => {
    const { path } = error;
    if (!Array.isArray(path) || typeof path[1] !== 'number')
      return [{ index: -1, error: withPath(error, path) }];
    const index = indexes.indexOf(path[1]);
    return index === -1 ? [] : [{ index, error: withPath(error, ['_entities', index, ...path.slice(2)]) }];
  });
  return located.sort((left, right) => left.index - right.index).map(({ error }) => error);
}

function withPath(error: SubgraphResponseError, path: unknown): SubgraphResponseError {
  const isField = Array.isArray(path) && path.length === 1;
  return { ...error, path: isField ? ['_entities'] : path };
}
