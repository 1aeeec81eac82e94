import type { ResponsePath } from '@apollo/query-planner';
import { InternalError } from '../errors/errors.ts';
import { type Position, type ResponseNode, TYPENAME_SLOT } from './response-tree.ts';

/** One step on the way from the root to the nodes that a fetch is merged into. */
type Step =
  | { readonly kind: 'field'; readonly name: string; readonly slot: number }
  | { readonly kind: 'list' }
  | { readonly kind: 'types'; readonly typeNames: ReadonlySet<string> };

/** Client-side place of a node: planned response names and list indexes. */
export type NodePath = readonly (string | number)[];

/** Finds the nodes at a path of the plan. Nulls, and whatever has the wrong form, are passed over. */
export class NodeCollector {
  /** Where the nodes are. */
  readonly position: Position;
  readonly #steps: readonly Step[];

  constructor(position: Position, steps: readonly Step[]) {
    this.position = position;
    this.#steps = steps;
  }

  /** The nodes, in the order of the response. */
  collect(root: ResponseNode): ResponseNode[] {
    const nodes: ResponseNode[] = [];
    this.#collect(root, 0, nodes);
    return nodes;
  }

  #collect(value: unknown, index: number, nodes: ResponseNode[]): void {
    if (!Array.isArray(value)) return;
    const step = this.#steps[index];
    if (step === undefined) nodes.push(value);
    else if (step.kind === 'field') this.#collect(value[step.slot], index + 1, nodes);
    else if (step.kind === 'list') {
      for (let item = 0; item < value.length; item += 1) this.#collect(value[item], index + 1, nodes);
    } else if (step.typeNames.has(value[TYPENAME_SLOT] as string)) this.#collect(value, index + 1, nodes);
  }

  /** Where each node stands; for errors. */
  paths(root: ResponseNode): Map<ResponseNode, NodePath> {
    const paths = new Map<ResponseNode, NodePath>();
    this.#visit(root, 0, [], [], (node, path) => paths.set(node, path));
    return paths;
  }

  /** The nodes that each node stands in, the root first and the node itself last; for context. */
  lineages(root: ResponseNode): Map<ResponseNode, readonly ResponseNode[]> {
    const lineages = new Map<ResponseNode, readonly ResponseNode[]>();
    this.#visit(root, 0, [], [], (node, _path, ancestors) => lineages.set(node, [...ancestors, node]));
    return lineages;
  }

  #visit(
    value: unknown,
    index: number,
    path: NodePath,
    ancestors: readonly ResponseNode[],
    found: (node: ResponseNode, path: NodePath, ancestors: readonly ResponseNode[]) => void,
  ): void {
    if (!Array.isArray(value)) return;
    const step = this.#steps[index];
    if (step === undefined) found(value, path, ancestors);
    else if (step.kind === 'field') {
      this.#visit(value[step.slot], index + 1, [...path, step.name], [...ancestors, value], found);
    } else if (step.kind === 'list') {
      value.forEach((item, itemIndex) => {
        this.#visit(item, index + 1, [...path, itemIndex], ancestors, found);
      });
    } else if (step.typeNames.has(value[TYPENAME_SLOT] as string)) {
      this.#visit(value, index + 1, path, ancestors, found);
    }
  }
}

/** What a path element of the planner says: `@`, `name`, or either with `|[TypeA,TypeB]` behind. */
const PATH_ELEMENT = /^([^|]*)(?:\|\[([^\]]*)\])?$/;

/**
 * Compiles a Flatten path, and makes every place on it a place of nodes.
 *
 * @throws InternalError when an earlier fetch does not select what the path names
 */
export function compileNodeCollector(rootPosition: Position, path: ResponsePath): NodeCollector {
  let position = rootPosition;
  const steps: Step[] = [];
  for (const element of path) {
    const [, name = '', types] = PATH_ELEMENT.exec(String(element)) ?? [];
    if (name === '@') steps.push({ kind: 'list' });
    else if (name !== '') {
      const field = position.fields.get(name);
      if (field?.child === undefined) throw new InternalError(`a plan that merges at ${path.join('.')}`);
      steps.push({ kind: 'field', name, slot: field.slot });
      position = field.child;
    }
    if (types !== undefined) steps.push({ kind: 'types', typeNames: new Set(types.split(',')) });
  }
  position.makeNode();
  return new NodeCollector(position, steps);
}
