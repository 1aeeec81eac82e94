import { SubgraphError } from '../errors/errors.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { PlannedFetch } from '../transport/fetch-call.ts';
import type { SubgraphResponse, SubgraphResponseError } from '../transport/subgraph-client.ts';
import type { ClientPaths } from './client-names.ts';
import type { NodeCollector, NodePath } from './collect-nodes.ts';
import { type RepresentationBuilder, RepresentationSet } from './compile-representation.ts';
import type { ContextReader } from './context-variables.ts';
import type { FetchSelections } from './fetch-selection.ts';
import type { ErrorPath, FailureCause, OperationRun } from './operation-run.ts';
import { type PublicError, publicErrorOf, publicSubgraphError } from './public-error.ts';
import { type ResponseNode, TYPENAME_SLOT } from './response-tree.ts';
import type { NodeWriter } from './write-node.ts';

/** A fetch of the plan with everything that running it needs. */
export interface CompiledFetch {
  readonly planned: PlannedFetch;
  readonly collector: NodeCollector;
  readonly writer: NodeWriter;
  readonly selections: FetchSelections;
  readonly clientPaths: ClientPaths;
  /** Present for entity fetches. */
  readonly representations: RepresentationBuilder | undefined;
  /** The fetches that bring what representations are made of, by id. */
  readonly inputProviders: ReadonlySet<number>;
  /** Present when arguments are set from context. */
  readonly context: ContextReader | undefined;
  /** Whether an object of a type may stand where an object of another type was asked for. */
  readonly isSubtype: (typename: string, expected: string) => boolean;
}

/** The entities that one request asks for. */
interface EntityBatch {
  readonly nodes: readonly ResponseNode[];
  /** For each node the index of its representation; -1 when it has none. */
  readonly indexes: readonly number[];
  readonly representations: readonly string[];
  /** Further variables as JSON members, from context. */
  readonly contextVariables: string;
}

const INVALID = publicErrorOf('SUBGRAPH_INVALID_RESPONSE');

/**
 * Runs one fetch: collects the nodes that it is for, asks, and merges what came. Failures are noted in the run,
 * never thrown.
 *
 * @returns undefined when there was nothing to ask
 */
export function runFetch(fetch: CompiledFetch, run: OperationRun): Promise<unknown> | undefined {
  const nodes = fetch.collector.collect(run.root);
  if (nodes.length === 0) return nothingToAsk(fetch, run);
  const { representations: builder, context } = fetch;
  if (builder === undefined) return runRootFetch(fetch, run, nodes);
  if (fetch.planned.variableNames.includes('representations')) {
    run.fail(fetch.planned.id, {
      code: 'BAD_USER_INPUT',
      message: 'A variable called "representations" cannot be used here; give it another name.',
    });
    return nothingToAsk(fetch, run);
  }
  const ask = (group: readonly ResponseNode[], contextVariables: string) =>
    runEntityBatch(fetch, run, batchOf(fetch, builder, run, group, contextVariables));
  if (context === undefined) return ask(nodes, '');
  const groups = context.group(run.root, nodes);
  const asking = [...groups].map(([contextVariables, group]) => ask(group, contextVariables));
  return Promise.all(asking).then(() => run.end(fetch.planned.id));
}

function nothingToAsk({ planned }: CompiledFetch, run: OperationRun): undefined {
  run.end(planned.id);
}

async function runRootFetch(
  fetch: CompiledFetch,
  run: OperationRun,
  nodes: readonly ResponseNode[],
): Promise<void> {
  const answer = await send(fetch, run, variablesJson(fetch.planned, run), undefined);
  if (answer === undefined) return;
  run.end(fetch.planned.id);
  const { data, errors } = answer;
  const areLocated =
    errors.length > 0 && locateErrors(fetch, run, errors, data != null, rootPlaces(fetch, run));
  if (data == null) {
    run.fail(fetch.planned.id, areLocated ? 'told' : causeOf(errors));
    return;
  }
  for (const node of nodes) fetch.writer.write(node, data);
}

function batchOf(
  { planned, inputProviders }: CompiledFetch,
  builder: RepresentationBuilder,
  run: OperationRun,
  nodes: readonly ResponseNode[],
  contextVariables: string,
): EntityBatch {
  const set = new RepresentationSet(builder);
  const indexes = new Array<number>(nodes.length);
  for (let position = 0; position < nodes.length; position += 1) {
    const node = nodes[position] as ResponseNode;
    const index = set.add(node);
    indexes[position] = index;
    if (index >= 0 || !run.hasFailures) continue;
    const cause = run.failureAt(inputProviders, node);
    if (cause !== undefined) run.fail(planned.id, cause, node);
  }
  return { nodes, indexes, representations: set.texts, contextVariables };
}

function runEntityBatch(
  fetch: CompiledFetch,
  run: OperationRun,
  batch: EntityBatch,
): Promise<void> | undefined {
  if (batch.representations.length > 0) return fetchEntities(fetch, run, batch);
  return fetch.context === undefined ? nothingToAsk(fetch, run) : undefined;
}

async function fetchEntities(fetch: CompiledFetch, run: OperationRun, batch: EntityBatch): Promise<void> {
  const { nodes, indexes, representations, contextVariables } = batch;
  const variables = joinMembers(variablesJson(fetch.planned, run), contextVariables);
  const answer = await send(fetch, run, variables, representations);
  if (answer === undefined) return;
  // One whose arguments come from context is over when all of its groups are.
  if (fetch.context === undefined) run.end(fetch.planned.id);
  const { data, errors } = answer;
  const entities = data?._entities;
  const isList = Array.isArray(entities);
  const areLocated =
    errors.length > 0 && locateErrors(fetch, run, errors, isList, entityPlaces(fetch, run, batch));
  if (!isList) {
    failNodes(fetch, run, batch, areLocated ? 'told' : causeOf(errors));
    return;
  }
  for (let index = 0; index < nodes.length; index += 1) {
    const entityIndex = indexes[index] as number;
    if (entityIndex < 0) continue;
    const node = nodes[index] as ResponseNode;
    const entity: unknown = entities[entityIndex];
    if (entity === null) continue;
    if (isJsonObject(entity) && isExpectedType(fetch, entity.__typename, node))
      fetch.writer.write(node, entity);
    else run.fail(fetch.planned.id, INVALID, node);
  }
}

function isExpectedType(fetch: CompiledFetch, typename: unknown, node: ResponseNode): boolean {
  if (typename === undefined || typename === node[TYPENAME_SLOT]) return true;
  const known = node[TYPENAME_SLOT] as string;
  // Less exact is right as well: a subgraph with an interface object has no other name for it.
  return (
    typeof typename === 'string' && (fetch.isSubtype(typename, known) || fetch.isSubtype(known, typename))
  );
}

function failNodes(fetch: CompiledFetch, run: OperationRun, batch: EntityBatch, cause: FailureCause): void {
  batch.nodes.forEach((node, index) => {
    if ((batch.indexes[index] as number) >= 0) run.fail(fetch.planned.id, cause, node);
  });
}

async function send(
  { planned }: CompiledFetch,
  run: OperationRun,
  variables: string,
  representations: readonly string[] | undefined,
): Promise<SubgraphResponse | undefined> {
  try {
    return await run.fetcher({ fetch: planned, variables, representations });
  } catch (error) {
    run.fail(
      planned.id,
      publicErrorOf(error instanceof SubgraphError ? error.code : 'INTERNAL_SERVER_ERROR'),
    );
    return undefined;
  }
}

/** The variables of a fetch that the client provided, as members of a JSON object. */
function variablesJson({ variableNames }: PlannedFetch, { variables }: OperationRun): string {
  let text = '';
  for (const name of variableNames) {
    if (!Object.hasOwn(variables, name) || variables[name] === undefined) continue;
    text = joinMembers(text, `${JSON.stringify(name)}:${JSON.stringify(variables[name])}`);
  }
  return text;
}

function joinMembers(left: string, right: string): string {
  return left === '' || right === '' ? left + right : `${left},${right}`;
}

/** Why nothing came: what the subgraph said first. */
function causeOf([error]: readonly SubgraphResponseError[]): PublicError {
  return error === undefined ? INVALID : publicSubgraphError(error);
}

/** The places in the plan's response that a path of a subgraph means; none when it means nothing. */
type Places = (path: ErrorPath) => readonly ErrorPath[];

/**
 * Puts each error of a subgraph at its places. One without a place belongs to what is missing when there are no
 * data, and stands alone when there are.
 *
 * @returns whether any of them has a place
 */
function locateErrors(
  fetch: CompiledFetch,
  run: OperationRun,
  errors: readonly SubgraphResponseError[],
  hasData: boolean,
  placesOf: Places,
): boolean {
  let areLocated = false;
  for (const error of errors) {
    if (run.isFull) return true;
    const face = publicSubgraphError(error);
    const places = isPath(error.path) ? placesOf(error.path) : [];
    for (const place of places) {
      run.addError(face, fetch.clientPaths.toClient(place));
    }
    if (places.length > 0) areLocated = true;
    else if (hasData) run.addError(face, undefined);
  }
  return areLocated;
}

function rootPlaces(fetch: CompiledFetch, run: OperationRun): Places {
  const starts = [...fetch.collector.paths(run.root).values()];
  return (path) => {
    const plannedPath = fetch.selections.plannedPath(path);
    return starts.map((start) => [...start, ...plannedPath]);
  };
}

/** `_entities` and the index of a representation become every place where that entity stands. */
function entityPlaces(fetch: CompiledFetch, run: OperationRun, { nodes, indexes }: EntityBatch): Places {
  const paths = fetch.collector.paths(run.root);
  const startsByIndex = new Map<number, NodePath[]>();
  nodes.forEach((node, position) => {
    const start = paths.get(node);
    const entityIndex = indexes[position] as number;
    if (start === undefined) return;
    const starts = startsByIndex.get(entityIndex);
    if (starts === undefined) startsByIndex.set(entityIndex, [start]);
    else starts.push(start);
  });
  return ([, entityIndex, ...rest]) => {
    const plannedPath = fetch.selections.plannedPath(rest);
    const starts = typeof entityIndex === 'number' && entityIndex >= 0 ? startsByIndex.get(entityIndex) : [];
    return (starts ?? []).map((start) => [...start, ...plannedPath]);
  };
}

/** More steps than any answer has levels: a subgraph may send paths of megabytes, which are copied for each place. */
const MAX_PATH_STEPS = 1_000;

function isPath(path: unknown): path is ErrorPath {
  return (
    Array.isArray(path) &&
    path.length > 0 &&
    path.length <= MAX_PATH_STEPS &&
    path.every((step) => typeof step === 'string' || typeof step === 'number')
  );
}
