import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * The schema coordinates that a document depends on: types, `Type.field`, `Type.field.argument`, `Input.field`. A
 * field of an abstract type counts for each possible type; a variable counts for all of its input type, since
 * nobody can tell what clients put in.
 *
 * @param document - valid against the schema
 */
export function touchedCoordinates(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const touched = new Set<string>();
  const touchInput = (type: GraphQLInputType): void => {
    const named = getNamedType(type);
    if (touched.has(named.name)) return;
    touched.add(named.name);
    if (!isInputObjectType(named)) return;
    for (const field of Object.values(named.getFields())) {
      touched.add(`${named.name}.${field.name}`);
      touchInput(field.type);
    }
  };
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      VariableDefinition({ type }) {
        const input = typeFromAST(schema, type as never) as GraphQLInputType | undefined;
        if (input !== undefined) touchInput(input);
      },
      InlineFragment({ typeCondition }) {
        if (typeCondition !== undefined) touched.add(typeCondition.name.value);
      },
      FragmentDefinition({ typeCondition }) {
        touched.add(typeCondition.name.value);
      },
      Field({ name }) {
        const parent = info.getParentType();
        const field = info.getFieldDef();
        if (!parent || !field || name.value.startsWith('__')) return;
        touched.add(getNamedType(field.type).name);
        for (const owner of ownersOf(schema, parent, name.value)) touched.add(`${owner}.${name.value}`);
      },
      Argument({ name }) {
        const parent = info.getParentType();
        const field = info.getFieldDef();
        const argument = info.getArgument();
        if (!parent || !field || !argument) return;
        touched.add(getNamedType(argument.type).name);
        for (const owner of ownersOf(schema, parent, field.name)) {
          touched.add(`${owner}.${field.name}.${name.value}`);
        }
      },
      ObjectField({ name }) {
        const parent = getNamedType(info.getParentInputType() ?? undefined);
        if (parent === undefined) return;
        touched.add(parent.name).add(`${parent.name}.${name.value}`);
      },
    }),
  );
  return touched;
}

/** The types whose field is asked for when it is asked for on this one. */
function ownersOf(schema: GraphQLSchema, parent: GraphQLNamedType, field: string): string[] {
  const possible = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [];
  const interfaces = isObjectType(parent) || isInterfaceType(parent) ? parent.getInterfaces() : [];
  return [parent, ...possible, ...interfaces.filter((it) => field in it.getFields())].map(({ name }) => name);
}
