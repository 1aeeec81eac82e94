import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
} from 'graphql';
import { InternalError } from '../errors/errors.ts';
import type { PublicCoordinates } from '../supergraph/public-coordinates.ts';
import type { EntitySelection, PlannedFetch } from '../transport/fetch-call.ts';
import type { ClientPaths } from './client-names.ts';
import { compileNodeCollector, type NodeCollector } from './collect-nodes.ts';
import { RepresentationBuilder } from './compile-representation.ts';
import { ContextReader } from './context-variables.ts';
import { fetchAudience } from './fetch-audience.ts';
import { FetchSelections, type ObjectSelection } from './fetch-selection.ts';
import type { Position } from './response-tree.ts';
import type { CompiledFetch } from './run-fetch.ts';
import { doesTypeConditionHold } from './type-conditions.ts';
import { NodeWriter } from './write-node.ts';

/** A fetch whose selections are entered in the tree of positions, but which cannot run before all of them are. */
export interface FetchDraft {
  readonly id: number;
  readonly node: FetchNode;
  readonly selections: FetchSelections;
  readonly collector: NodeCollector;
  /** What is selected of each node that the fetch is merged into. */
  readonly objects: ObjectSelection;
}

const ROOT_TYPES = {
  [OperationTypeNode.QUERY]: 'getQueryType',
  [OperationTypeNode.MUTATION]: 'getMutationType',
} as const;

/**
 * First step: reads the document of a fetch and enters what it brings into the tree of positions.
 *
 * @param path - where the fetch is merged, from the root
 */
export function draftFetch(
  id: number,
  node: FetchNode,
  path: readonly (string | number)[],
  rootPosition: Position,
  schema: GraphQLSchema,
): FetchDraft {
  const document: DocumentNode = node.operationDocumentNode ?? parse(node.operation, { noLocation: true });
  const selections = new FetchSelections(document, node.outputRewrites, schema);
  const collector = compileNodeCollector(rootPosition, [...path]);
  const objects = selectedObjects(node, selections, schema);
  enterPositions(id, selections, objects, collector.position);
  return { id, node, selections, collector, objects };
}

function selectedObjects(
  { operationKind, requires }: FetchNode,
  { operation }: FetchSelections,
  schema: GraphQLSchema,
): ObjectSelection {
  if (operationKind === OperationTypeNode.SUBSCRIPTION) throw new InternalError('a plan with a subscription');
  if (requires !== undefined) {
    const { selectionSet } = entitiesField(operation.selectionSet.selections);
    return { selectionSet, typeName: '_Entity', path: '' };
  }
  const typeName = schema[ROOT_TYPES[operationKind]]()?.name;
  if (typeName === undefined) throw new InternalError(`a plan for a ${operationKind}, which no subgraph has`);
  return { selectionSet: operation.selectionSet, typeName, path: '' };
}

function entitiesField(
  selections: FetchSelections['operation']['selectionSet']['selections'],
): FieldNode & { selectionSet: NonNullable<FieldNode['selectionSet']> } {
  const field = selections.find(
    (selection): selection is FieldNode =>
      selection.kind === Kind.FIELD && selection.name.value === '_entities',
  );
  if (field?.selectionSet === undefined) throw new InternalError('an entity fetch without _entities');
  return { ...field, selectionSet: field.selectionSet };
}

function enterPositions(
  fetchId: number,
  selections: FetchSelections,
  objects: ObjectSelection,
  position: Position,
): void {
  position.addProvider(fetchId);
  for (const { key, name, listDepth, objects: inner } of selections.occurrences(objects)) {
    const field = position.addField(name, listDepth, inner !== undefined);
    field.providers.add(fetchId);
    // Objects that stay as they came are read by the plan's names, so an alias of the planner makes them nodes.
    if (key !== name) position.makeNode();
    if (inner !== undefined && field.child !== undefined) {
      enterPositions(fetchId, selections, inner, field.child);
    }
  }
}

/** Second step, after all fetches are entered: compiles what the fetch does at run time. */
export function compileFetch(
  draft: FetchDraft,
  clientPaths: ClientPaths,
  schema: GraphQLSchema,
  coordinates: PublicCoordinates,
): CompiledFetch {
  const { node, selections, collector, objects } = draft;
  const { requires, inputRewrites = [], contextRewrites } = node;
  return {
    planned: plannedFetch(draft, coordinates, schema),
    collector,
    writer: new NodeWriter(selections, [objects], collector.position, schema),
    selections,
    clientPaths,
    representations:
      requires === undefined
        ? undefined
        : new RepresentationBuilder(requires, collector.position, inputRewrites, schema),
    inputProviders: new Set(inputProviders(requires ?? [], collector.position)),
    context:
      contextRewrites === undefined || contextRewrites.length === 0
        ? undefined
        : new ContextReader(contextRewrites, collector, schema),
    isSubtype: (typename, expected) => doesTypeConditionHold(schema, expected, typename),
  };
}

/** Every fetch that brings a field which representations are made of. */
function inputProviders(selections: readonly QueryPlanSelectionNode[], position: Position): number[] {
  return selections.flatMap((selection) => {
    if (selection.kind !== 'Field') return inputProviders(selection.selections, position);
    const field = position.fields.get(selection.alias ?? selection.name);
    if (field === undefined) return [];
    const inner = field.child === undefined ? [] : inputProviders(selection.selections ?? [], field.child);
    return [...field.providers, ...inner];
  });
}

function plannedFetch(
  { id, node, selections }: FetchDraft,
  coordinates: PublicCoordinates,
  schema: GraphQLSchema,
): PlannedFetch {
  const { serviceName, operationKind, operation, operationName, variableUsages = [], requires } = node;
  const nameMember = operationName === undefined ? '' : `"operationName":${JSON.stringify(operationName)},`;
  const contextNames = new Set(node.contextRewrites?.map(({ renameKeyTo }) => renameKeyTo));
  return {
    id,
    subgraph: serviceName,
    operationKind: operationKind === OperationTypeNode.MUTATION ? 'mutation' : 'query',
    query: operation,
    operationName,
    ...fetchAudience(
      { operation: selections.operation, fragments: selections.fragments, requires },
      coordinates,
      schema,
    ),
    variableNames: variableUsages.filter((name) => !contextNames.has(name)),
    entities: requires === undefined ? undefined : entitySelection(selections),
    bodyPrefix: `{"query":${JSON.stringify(operation)},${nameMember}"variables":{`,
  };
}

function entitySelection(selections: FetchSelections): EntitySelection {
  const { operation } = selections;
  const { selectionSet } = entitiesField(operation.selectionSet.selections);
  const expanded = selections.withoutNamedFragments(selectionSet);
  const texts = expanded.selections.flatMap((selection) =>
    selection.kind === Kind.INLINE_FRAGMENT && selection.typeCondition !== undefined
      ? [[selection.typeCondition.name.value, stripIgnoredCharacters(print(selection))] as const]
      : [],
  );
  return {
    typeNames: [...new Set(texts.map(([typeName]) => typeName))],
    selection: stripIgnoredCharacters(print(expanded)),
    selectionByType: new Map(
      [...Map.groupBy(texts, ([typeName]) => typeName)].map(([typeName, same]) => [
        typeName,
        same.map(([, text]) => text).join(''),
      ]),
    ),
    variableDefinitions: (operation.variableDefinitions ?? [])
      .filter(({ variable }) => variable.name.value !== 'representations')
      .map((definition) => stripIgnoredCharacters(print(definition))),
    directives: (operation.directives ?? []).map((directive) => ` ${print(directive)}`).join(''),
  };
}
