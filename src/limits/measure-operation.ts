import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';

/** The shape of an operation, with all fragments expanded. */
export interface OperationShape {
  /** The deepest nesting of fields, 1 at the root; introspection is measured apart. */
  readonly depth: number;
  /** The deepest nesting below `__schema` and `__type`, those counted. */
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** All selected fields. */
  readonly selections: number;
}

const NOTHING: OperationShape = { depth: 0, introspectionDepth: 0, aliases: 0, rootFields: 0, selections: 0 };

/** Counts saturate here, so that a kilobyte of doubling fragments neither overflows nor takes long. */
const SATURATED = 1_000_000_000;

/**
 * Measures an operation without expanding it: each fragment is measured once, so the work is linear in the length
 * of the document whatever its fragments multiply to.
 *
 * A fragment that spreads itself counts as empty there: validation refuses it afterwards.
 */
export function measureOperation(document: DocumentNode, operation: OperationDefinitionNode): OperationShape {
  const fragments = fragmentsOf(document);
  const measured = new Map<string, OperationShape>();

  const measureFragment = (name: string): OperationShape => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    measured.set(name, NOTHING);
    const fragment = fragments.get(name);
    const shape = fragment === undefined ? NOTHING : measure(fragment.selectionSet);
    measured.set(name, shape);
    return shape;
  };

  function measure({ selections }: SelectionSetNode): OperationShape {
    let total = NOTHING;
    for (const selection of selections) {
      switch (selection.kind) {
        case Kind.FIELD: {
          const below = selection.selectionSet === undefined ? NOTHING : measure(selection.selectionSet);
          total = add(total, fieldShape(selection.name.value, selection.alias !== undefined, below));
          break;
        }
        case Kind.INLINE_FRAGMENT:
          total = add(total, measure(selection.selectionSet));
          break;
        case Kind.FRAGMENT_SPREAD:
          total = add(total, measureFragment(selection.name.value));
      }
    }
    return total;
  }

  return measure(operation.selectionSet);
}

function fieldShape(name: string, isAliased: boolean, below: OperationShape): OperationShape {
  const isIntrospection = name === '__schema' || name === '__type';
  return {
    depth: isIntrospection ? 0 : 1 + below.depth,
    introspectionDepth: isIntrospection ? 1 + below.depth : below.introspectionDepth,
    aliases: saturate(below.aliases + (isAliased ? 1 : 0)),
    rootFields: 1,
    selections: saturate(1 + below.selections),
  };
}

/** Puts the shapes of two neighbours together. */
function add(left: OperationShape, right: OperationShape): OperationShape {
  return {
    depth: Math.max(left.depth, right.depth),
    introspectionDepth: Math.max(left.introspectionDepth, right.introspectionDepth),
    aliases: saturate(left.aliases + right.aliases),
    rootFields: saturate(left.rootFields + right.rootFields),
    selections: saturate(left.selections + right.selections),
  };
}

function saturate(count: number): number {
  return Math.min(count, SATURATED);
}
