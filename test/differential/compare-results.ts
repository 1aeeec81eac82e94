import { isDeepStrictEqual } from 'node:util';

/** The result of an execution, as a client would read it. */
export interface ExecutionResult {
  readonly data?: unknown;
  readonly errors?:
    | readonly {
        readonly message: string;
        readonly path?: readonly (string | number)[] | undefined;
      }[]
    | undefined;
}

/**
 * What differs between two results, or undefined when nothing does.
 *
 * Data must be equal. Errors are compared by *where their null is*: the path of each error is followed into the data
 * up to the first null, and the two sets of these places must be equal. A federated error may name a deeper or a
 * shallower field than the monolith's (a subgraph's null bubbles inside the subgraph first), and several errors may
 * stand behind one null, of which an executor may tell one; but the same places must be explained, no others, and
 * no error may point to something that is there, or to nowhere.
 */
export function compareResults(actual: ExecutionResult, expected: ExecutionResult): string | undefined {
  const data = plain(actual.data);
  const expectedData = plain(expected.data);
  if (!isDeepStrictEqual(data, expectedData)) {
    return `data differs at ${firstDifference(data, expectedData, '')}`;
  }
  const places = errorPlaces(actual);
  const expectedPlaces = errorPlaces(expected);
  const missing = [...expectedPlaces].filter((place) => !places.has(place));
  const surplus = [...places].filter((place) => !expectedPlaces.has(place));
  if (missing.length > 0) return `no error for ${missing.join(', ')}`;
  if (surplus.length > 0) return `unexpected error for ${surplus.join(', ')}`;
  return undefined;
}

/** As a client reads it: executors differ in the prototypes of their objects. */
function plain(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data ?? null));
}

function errorPlaces({ data, errors = [] }: ExecutionResult): Set<string> {
  return new Set(errors.map(({ path }) => (path === undefined ? '(no path)' : placeOfNull(data, path))));
}

function placeOfNull(data: unknown, path: readonly (string | number)[]): string {
  let value: unknown = data ?? null;
  const walked: (string | number)[] = [];
  for (const step of path) {
    if (value === null) break;
    walked.push(step);
    value = (value as Record<string | number, unknown>)[step];
    if (value === undefined) return `${walked.join('.')} (not in the data)`;
  }
  return value === null ? walked.join('.') : `${walked.join('.')} (not null)`;
}

function firstDifference(left: unknown, right: unknown, path: string): string {
  const isTree = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null;
  if (isTree(left) && isTree(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (!isDeepStrictEqual(left[key], right[key])) {
        return firstDifference(left[key], right[key], path === '' ? key : `${path}.${key}`);
      }
    }
  }
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 200) ?? 'nothing';
  return `${path === '' ? 'the root' : path}: ${show(left)}, expected ${show(right)}`;
}
