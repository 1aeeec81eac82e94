import {
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { CacheSettings } from '../config/cache-settings.ts';
import type { CachePolicy, PreparedOperation } from '../context.ts';

export interface CachePolicyOptions {
  readonly schema: GraphQLSchema;
  readonly settings: CacheSettings;
  /** Whether a field is open to everybody; called only for operations that may be kept at all. */
  readonly isPublicField: (typeName: string, fieldName: string) => boolean;
}

const NOT_KEPT: CachePolicy = Object.freeze({ maxAgeSeconds: 0, scope: 'private' });

/**
 * Says how long, and by whom, the answer of an operation may be kept.
 *
 * The age is the least of all its fields: that of the field's coordinate, else of the type that it returns. A field
 * without either lives as long as its parent; a root field without either is not kept. Fields that `@skip` or
 * `@include` may leave out count. An answer is public when each of its fields is.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111
 */
export function createCachePolicy(
  options: CachePolicyOptions,
): (operation: PreparedOperation) => CachePolicy {
  if (Object.keys(options.settings.maxAges).length === 0) return () => NOT_KEPT;
  const known = new WeakMap<object, CachePolicy>();
  return (prepared) => {
    if (prepared.type !== 'query') return NOT_KEPT;
    let policy = known.get(prepared.operation);
    if (policy === undefined) {
      policy = readPolicy(prepared, options);
      known.set(prepared.operation, policy);
    }
    return policy;
  };
}

function readPolicy(
  { document, operation }: PreparedOperation,
  { schema, settings, isPublicField }: CachePolicyOptions,
): CachePolicy {
  const ages = new Map(Object.entries(settings.maxAges));
  const rootType = schema.getRootType(operation.operation);
  let maxAgeSeconds = Number.POSITIVE_INFINITY;
  let isPublic = true;
  const typeInfo = new TypeInfo(schema);
  // Every fragment of the document counts, of another operation too: too short an age is no fault.
  const selected = {
    ...document,
    definitions: document.definitions.filter(
      (definition) => definition.kind !== 'OperationDefinition' || definition === operation,
    ),
  };
  visit(
    selected,
    visitWithTypeInfo(typeInfo, {
      Field() {
        const parent = typeInfo.getParentType();
        const field = typeInfo.getFieldDef();
        if (parent == null || field == null || field.name === '__typename') return;
        const returned = getNamedType(field.type);
        const age =
          ages.get(`${parent.name}.${field.name}`) ??
          (isCompositeType(returned) ? ages.get(returned.name) : undefined) ??
          (parent === rootType ? 0 : undefined);
        if (age !== undefined) maxAgeSeconds = Math.min(maxAgeSeconds, age);
        if (isPublic && maxAgeSeconds > 0) isPublic = isPublicField(parent.name, field.name);
      },
    }),
  );
  if (maxAgeSeconds === 0 || !Number.isFinite(maxAgeSeconds)) return NOT_KEPT;
  return { maxAgeSeconds, scope: isPublic ? 'public' : 'private' };
}
