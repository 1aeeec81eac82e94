import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Code } from '../errors/codes.ts';
import { RequestError } from '../errors/errors.ts';
import type { OperationShape } from './measure-operation.ts';

/**
 * Refuses an operation whose shape is above a cap of `limits` in gateway.yaml.
 *
 * @returns the refusal, or undefined when the operation may go on
 */
export function enforceStructure(
  shape: OperationShape,
  limits: GatewaySettings['limits'],
): RequestError | undefined {
  const caps: readonly (readonly [Code, string, number, number])[] = [
    ['QUERY_TOO_DEEP', 'levels of fields', shape.depth, limits.depth],
    ['QUERY_TOO_DEEP', 'levels of introspection', shape.introspectionDepth, limits.introspectionDepth],
    ['QUERY_TOO_COMPLEX', 'aliases', shape.aliases, limits.aliases],
    ['QUERY_TOO_COMPLEX', 'root fields', shape.rootFields, limits.rootFields],
    ['QUERY_TOO_COMPLEX', 'selected fields', shape.selections, limits.selections],
  ];
  for (const [code, what, found, most] of caps) {
    if (found > most)
      return new RequestError(code, {
        message: `The operation has ${found} ${what}; at most ${most} are allowed.`,
      });
  }
  return undefined;
}
