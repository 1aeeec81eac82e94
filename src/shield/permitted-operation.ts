import type { FieldNode } from 'graphql';
import type { PreparedOperation } from '../context.ts';
import type { Denial } from './evaluate-rule.ts';

/** An operation as its caller may run it: what is refused has been cut out of document and text. */
export interface PermittedOperation extends PreparedOperation {
  /** Absent when the caller may see all that was asked. */
  readonly refusals?: Refusals;
}

/** What was refused of an operation, and what it takes to say so in the answer. */
export interface Refusals {
  /** The operation as it was asked. */
  readonly asked: Pick<PreparedOperation, 'document' | 'operation'>;
  /** Why a field is refused for objects of a type; undefined when it is not. */
  readonly denialOf: (typeName: string, field: FieldNode) => Denial | undefined;
  /** Each refused coordinate once, for operators. */
  readonly fields: readonly RefusedField[];
  /** Fields of the asked document below which something was cut. */
  readonly touched: ReadonlySet<FieldNode>;
  /** The response name under which the type of an object stands where it is needed. */
  readonly typenameKey: string;
}

/** One refused coordinate. */
export interface RefusedField {
  /** `Type.field` */
  readonly coordinate: string;
  readonly code: Denial['code'];
  /** The rule that refused it. */
  readonly rule: string;
}
