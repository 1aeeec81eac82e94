import { z } from 'zod';
import { gatewaySettings } from './gateway-settings.ts';

/**
 * The JSON Schema of `gateway.yaml` for editors, as the text of `schema/gateway.schema.json`.
 *
 * `${NAME:default}` stands where a number or a boolean is expected, so text of that form is allowed everywhere.
 */
export function settingsJsonSchema(): string {
  const schema = z.toJSONSchema(gatewaySettings, { io: 'input' });
  const titled = { ...schema, title: 'gateway.yaml', description: 'The settings of a Tributary gateway.' };
  return `${JSON.stringify(allowVariables(titled), null, 2)}\n`;
}

type SchemaNode = { readonly [key: string]: unknown };

const VARIABLE = { type: 'string', pattern: '\\$\\{[A-Za-z_]\\w*(:[^}]*)?\\}' } as const;
const SCALARS: ReadonlySet<unknown> = new Set(['integer', 'number', 'boolean']);

/** Lets each number and boolean also be text with a variable of the environment in it. */
function allowVariables(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(allowVariables);
  if (typeof node !== 'object' || node === null) return node;
  const { description, default: fallback, ...rest } = node as SchemaNode;
  if (SCALARS.has(rest.type)) {
    return { ...describe(description, fallback), anyOf: [rest, VARIABLE] };
  }
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, allowVariables(value)]));
  return { ...describe(description, fallback), ...inner };
}

function describe(description: unknown, fallback: unknown): SchemaNode {
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}
