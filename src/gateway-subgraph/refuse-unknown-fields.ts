import { Kind } from 'graphql';
import { ConfigError } from '../errors/errors.ts';
import type { InternalField } from '../supergraph/internal-fields.ts';
import { gatewaySdl } from './gateway-schema.ts';

/**
 * Refuses a supergraph that places fields in `internal:gateway` which the gateway does not answer.
 *
 * @throws ConfigError SUPERGRAPH_INVALID
 */
export function refuseUnknownFields(fields: readonly InternalField[]): void {
  if (fields.length === 0) return;
  const answered = new Set(
    gatewaySdl().definitions.flatMap((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION
        ? (definition.fields ?? []).map((field) => `${definition.name.value}.${field.name.value}`)
        : [],
    ),
  );
  const unknown = fields.filter(({ coordinate }) => !answered.has(coordinate));
  const [first] = unknown;
  if (first === undefined) return;
  const named = unknown.map(({ coordinate }) => coordinate).join(', ');
  throw new ConfigError(
    'SUPERGRAPH_INVALID',
    `The subgraph "${first.subgraph}" is answered by the gateway itself, which has no ${named}: its SDL is schema/gateway.graphql.`,
  );
}
