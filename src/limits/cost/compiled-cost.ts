import type { Inclusion } from './inclusion.ts';
import type { ReadValue } from './variable-reader.ts';

/** A selected field with everything about its cost that the variables of a request do not change. */
export interface CostField {
  /** Its key in the answer. */
  readonly responseKey: string;
  /** For reports: `Type.field`. */
  readonly coordinate: string;
  /** Who resolves it: one of the subgraphs that can, the parent's where it is among them. */
  readonly subgraph: string | undefined;
  readonly inclusion: Inclusion;
  /** Weight of the field and of the arguments that are given. */
  readonly fieldPoints: number;
  /** Weight of one object (or scalar) that it returns. */
  readonly typePoints: number;
  /** How many of them it returns at most; undefined where it is no list. */
  readonly size: ReadValue<number> | undefined;
  /** Undefined where nothing below costs anything. */
  readonly selection: CostSelection | undefined;
}

/** The fields selected of an object. */
export interface CostSelection {
  /** Of every object, whatever its type. */
  readonly common: readonly CostField[];
  /** Of objects of certain types, besides: each object belongs to one of these at most. */
  readonly variants: readonly (readonly CostField[])[];
}

/** An operation with its cost worked out as far as its variables allow. */
export interface CompiledCost {
  readonly root: CostSelection;
}
