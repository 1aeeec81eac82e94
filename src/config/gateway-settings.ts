import { z } from 'zod';
import { limitSettings } from './limit-settings.ts';
import { loggingSettings } from './logging-settings.ts';
import { adminSettings, serverSettings } from './server-settings.ts';
import { subgraphSettings } from './subgraph-settings.ts';

/**
 * The whole of `gateway.yaml`. One definition gives type, default, unit, validation and the JSON Schema for
 * editors (`schema/gateway.schema.json`).
 */
export const gatewaySettings = z.strictObject({
  server: serverSettings,
  admin: adminSettings,
  limits: limitSettings,
  subgraphs: subgraphSettings,
  logging: loggingSettings,
});

export type GatewaySettings = z.infer<typeof gatewaySettings>;

/** The settings of a gateway without a `gateway.yaml`. */
export function defaultGatewaySettings(): GatewaySettings {
  return gatewaySettings.parse({});
}
