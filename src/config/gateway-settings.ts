import { z } from 'zod';
import { authSettings } from './auth-settings.ts';
import { budgetSettings, tiersSettings } from './budget-settings.ts';
import { cacheSettings } from './cache-settings.ts';
import { contractSettings } from './contract-settings.ts';
import { controlSettings } from './control-settings.ts';
import { costSettings } from './cost-settings.ts';
import { documentSettings } from './document-settings.ts';
import { fieldWindowSettings } from './field-window-settings.ts';
import { limitSettings } from './limit-settings.ts';
import { loggingSettings } from './logging-settings.ts';
import { planningSettings } from './planning-settings.ts';
import { egressSettings, registrySettings } from './registry-settings.ts';
import { rulesSettings } from './rules-settings.ts';
import { adminSettings, serverSettings } from './server-settings.ts';
import { sharingSettings } from './sharing-settings.ts';
import { subgraphSettings } from './subgraph-settings.ts';
import { usageSettings } from './usage-settings.ts';

/**
 * The whole of `gateway.yaml`. One definition gives type, default, unit, validation and the JSON Schema for
 * editors (`schema/gateway.schema.json`).
 */
export const gatewaySettings = z.strictObject({
  server: serverSettings,
  admin: adminSettings,
  control: controlSettings,
  auth: authSettings,
  registry: registrySettings,
  egress: egressSettings,
  contract: contractSettings,
  engine: z
    .enum(['tributary', 'apollo'])
    .default('tributary')
    .describe('What runs operations: our engine, or the stock executor of @apollo/gateway.'),
  limits: limitSettings,
  documents: documentSettings,
  cache: cacheSettings,
  rules: rulesSettings,
  cost: costSettings,
  tiers: tiersSettings,
  budgets: budgetSettings,
  usage: usageSettings,
  fieldWindows: fieldWindowSettings,
  planning: planningSettings,
  sharing: sharingSettings,
  subgraphs: subgraphSettings,
  logging: loggingSettings,
});

export type GatewaySettings = z.infer<typeof gatewaySettings>;

/** The settings of a gateway without a `gateway.yaml`. */
export function defaultGatewaySettings(): GatewaySettings {
  return gatewaySettings.parse({});
}
