import { buildASTSchema, parse } from 'graphql';
import type { Shield } from '../shield/create-shield.ts';
import { type PublicCoordinates, readPublicCoordinates } from '../supergraph/public-coordinates.ts';

/** Whether fields are open to everybody; the supergraph is read when the first answer could be kept. */
export function createPublicity(
  supergraphSdl: string,
  shield: Shield | undefined,
): PublicCoordinates['isPublicField'] {
  let coordinates: PublicCoordinates | undefined;
  const read = (): PublicCoordinates => {
    const document = parse(supergraphSdl, { noLocation: true });
    const schema = buildASTSchema(document, { assumeValidSDL: true });
    return readPublicCoordinates(document, schema, shield?.rules.privateCoordinates);
  };
  return (typeName, fieldName) => {
    coordinates ??= read();
    return coordinates.isPublicField(typeName, fieldName);
  };
}
