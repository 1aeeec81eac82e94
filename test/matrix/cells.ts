import { createHash } from 'node:crypto';
import type { Caller, GraphQLParameters } from '../../src/context.ts';
import { expectedCode, type Row } from './access-table.ts';
import type { Route, Step } from './routes.ts';

/** How the last field of a route is asked for. */
export const SHAPES = [
  'direct',
  'alias',
  'named fragment',
  'inline fragment',
  'under a list',
  'included',
  'left out',
  'persisted id',
  'batch',
] as const;
export type Shape = (typeof SHAPES)[number];

export interface NamedCaller {
  readonly name: string;
  readonly caller: Caller;
}

/** One question of the matrix, with what must come of it. */
export interface Cell {
  readonly name: string;
  /** That of its coordinate. */
  readonly number: number;
  readonly caller: NamedCaller;
  readonly operation: Route['operation'];
  readonly parameters: GraphQLParameters;
  /** Whether it is asked as an entry of a batch. */
  readonly isBatched: boolean;
  /** Response names from the root to the field that is refused, or to the last one. */
  readonly path: readonly string[];
  /** What is refused, and how; undefined when all is permitted. */
  readonly refused: { readonly coordinate: string; readonly code: string } | undefined;
  /** Whether the last field is in the answer: `@include(if: false)` leaves it out. */
  readonly isAsked: boolean;
}

/** Makes a cell; undefined where no route has the shape. */
export function createCell(
  { coordinate, number }: { readonly coordinate: string; readonly number: number },
  routes: readonly Route[],
  caller: NamedCaller,
  shape: Shape,
  table?: Readonly<Record<string, Row>>,
): Cell | undefined {
  const codeOf = ({ coordinate: of }: Step) => expectedCode(caller.caller, of, table);
  const fitting = routes.filter(
    ({ steps }) => shape !== 'under a list' || steps.slice(0, -1).some(({ isList }) => isList),
  );
  // A way on which nothing before the field is refused asks the most of the rules.
  const open = fitting.find(({ steps }) => steps.slice(0, -1).every((step) => codeOf(step) === undefined));
  const route = open ?? fitting[0];
  if (route === undefined) return undefined;
  const { steps, operation } = route;
  const names = steps.map(({ name }, index) => (shape === 'alias' ? `a${index}_${name}` : name));
  const isAsked = shape !== 'left out';
  const asked = isAsked ? steps : steps.slice(0, -1);
  const firstRefused = asked.findIndex((step) => codeOf(step) !== undefined);
  const step = asked[firstRefused];
  const end = firstRefused === -1 ? asked.length : firstRefused + 1;
  return {
    name: `${coordinate}, ${caller.name}, ${shape}`,
    number,
    caller,
    operation,
    parameters: parametersOf(documentOf(route, names, shape), shape),
    isBatched: shape === 'batch',
    path: names.slice(0, end),
    refused: step && { coordinate: step.coordinate, code: codeOf(step) as string },
    isAsked,
  };
}

function parametersOf(query: string, shape: Shape): GraphQLParameters {
  const variables = shape === 'included' || shape === 'left out' ? { on: shape === 'included' } : {};
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = shape === 'persisted id' ? { persistedQuery: { version: 1, sha256Hash } } : {};
  return { query, documentId: undefined, operationName: undefined, variables, extensions };
}

function documentOf({ operation, steps }: Route, names: readonly string[], shape: Shape): string {
  let fragment = '';
  const selectionOf = (index: number): string => {
    const { name, args, onType, isAbstract } = steps[index] as Step;
    const alias = shape === 'alias' ? `${names[index]}: ` : '';
    const isLast = index === steps.length - 1;
    const condition = isLast && (shape === 'included' || shape === 'left out') ? ' @include(if: $on)' : '';
    const field = `${alias}${name}${args}${condition}`;
    if (onType === undefined) return field;
    if (isLast) return `${field} { __typename }`;
    return `${field} { ${inside(index, onType, isAbstract)} }`;
  };
  const inside = (index: number, onType: string, isAbstract: boolean): string => {
    const selection = selectionOf(index + 1);
    const isParentOfLast = index === steps.length - 2;
    if (isParentOfLast && shape === 'named fragment') {
      fragment = ` fragment F on ${onType} { ${selection} }`;
      return '...F';
    }
    const isInline = isAbstract || (isParentOfLast && shape === 'inline fragment');
    const text = isInline ? `... on ${onType} { ${selection} }` : selection;
    return isParentOfLast && shape === 'left out' ? `__typename ${text}` : text;
  };
  const root = steps.length === 1 && shape === 'left out' ? `__typename ${selectionOf(0)}` : selectionOf(0);
  const variables = shape === 'included' || shape === 'left out' ? '($on: Boolean!)' : '';
  return `${operation}${variables} { ${root} }${fragment}`;
}
