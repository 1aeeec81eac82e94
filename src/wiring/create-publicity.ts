import type { Shield } from '../shield/create-shield.ts';
import { type PublicCoordinates, readPublicCoordinates } from '../supergraph/public-coordinates.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';

/** Whether fields are open to everybody; the supergraph is read when the first answer could be kept. */
export function createPublicity(
  supergraph: SupergraphModel,
  shield: Shield | undefined,
): PublicCoordinates['isPublicField'] {
  let coordinates: PublicCoordinates | undefined;
  const read = (): PublicCoordinates =>
    readPublicCoordinates(supergraph.document, supergraph.schema, shield?.rules.privateCoordinates);
  return (typeName, fieldName) => {
    coordinates ??= read();
    return coordinates.isPublicField(typeName, fieldName);
  };
}
