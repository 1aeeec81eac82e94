import type { OpenControlPlane } from '../../control/open-control-plane.ts';
import type { OpenRegistry } from '../../control/registry/open-registry.ts';
import { RequestError } from '../../errors/errors.ts';
import { lateBound } from '../../lib/late-bound.ts';
import type { AdminRoute } from '../admin-route.ts';
import { createKeyRoutes } from './keys.ts';
import { createOperationRoutes } from './operations.ts';
import { createRegistryRoutes } from './registry.ts';
import { createUsageRoutes } from './usage.ts';

export interface ControlRoutesOptions {
  /** The control plane; undefined as long as its tables are away. */
  readonly control: () => OpenControlPlane | undefined;
  /** Whether there is a registry: not where a supergraph file is served as it is. */
  readonly hasRegistry: boolean;
}

/**
 * Everything below `/api/` that changes or tells what workers serve from: one line for each resource. While the tables are
 * away each of them is refused with CONTROL_PLANE_AWAY.
 */
export function createControlRoutes({ control, hasRegistry }: ControlRoutesOptions): readonly AdminRoute[] {
  const now = (): OpenControlPlane => {
    const open = control();
    if (open === undefined) throw new RequestError('CONTROL_PLANE_AWAY');
    return open;
  };
  const registryNow = (): OpenRegistry => now().registry as OpenRegistry;
  return [
    ...createKeyRoutes(lateBound(() => now().keys)),
    ...createOperationRoutes({
      documents: lateBound(() => now().documents),
      queries: lateBound(() => now().usage.queries),
      checkDocuments: (...documents) => now().checkDocuments(...documents),
    }),
    ...createUsageRoutes(lateBound(() => now().usage.queries)),
    ...(hasRegistry
      ? createRegistryRoutes({
          registry: () => registryNow().registry(),
          tokens: lateBound(() => registryNow().tokens),
          audit: lateBound(() => registryNow().audit),
          webhooks: lateBound(() => registryNow().webhooks),
        })
      : []),
  ];
}
