import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { PreparedOperation, Tier } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import { enforceStructure } from './enforce-structure.ts';
import { measureOperation, type OperationShape } from './measure-operation.ts';

/**
 * Prepares the caps of the tiers on the shape of operations. Each operation is measured once, whoever sends it.
 *
 * @returns a check that gives the refusal, or undefined when the operation may go on
 */
export function createTierCaps({
  limits,
  tiers,
}: Pick<GatewaySettings, 'limits' | 'tiers'>): (
  operation: PreparedOperation,
  tier: Tier,
) => RequestError | undefined {
  const shapes = new WeakMap<object, OperationShape & { readonly bytes: number }>();
  return ({ document, operation, text }, tier) => {
    let shape = shapes.get(operation);
    if (shape === undefined) {
      shape = { ...measureOperation(document, operation), bytes: Buffer.byteLength(text) };
      shapes.set(operation, shape);
    }
    const { documentBytes, depth, aliases, rootFields } = tiers[tier];
    if (shape.bytes > documentBytes) {
      return new RequestError('QUERY_TOO_LARGE', {
        message: `The document has ${shape.bytes} bytes; at most ${documentBytes} are allowed.`,
      });
    }
    return enforceStructure(shape, { ...limits, depth, aliases, rootFields });
  };
}
