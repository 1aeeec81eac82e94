import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  isAbstractType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { deny } from '../lib/rules.ts';
import type { CompiledRules } from './compile-rules.ts';
import { conjunctsOf } from './describe-rule.ts';

/** A field of a document that its rules refuse whoever asks. */
export interface DeniedField {
  /** `Type.field` */
  readonly coordinate: string;
  readonly field: FieldNode;
}

/**
 * Finds the fields of a document that nobody may see: `deny`, alone or as a part that must hold, and what no rule names.
 * A field of an abstract type is told when all object types refuse it.
 *
 * @param document - one that fits the schema
 */
export function findDeniedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  rules: CompiledRules,
): readonly DeniedField[] {
  const isDenied = (typeName: string, fieldName: string): boolean =>
    rules.guardOf(typeName, fieldName)?.rules.some(({ rule }) => conjunctsOf(rule).includes(deny)) === true;
  const denied: DeniedField[] = [];
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field(field) {
        const parent = typeInfo.getParentType();
        if (parent == null) return;
        const fieldName = field.name.value;
        const types = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent];
        if (types.length > 0 && types.every(({ name }) => isDenied(name, fieldName)))
          denied.push({ coordinate: `${parent.name}.${fieldName}`, field });
      },
    }),
  );
  return denied;
}
