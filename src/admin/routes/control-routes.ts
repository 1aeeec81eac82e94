import type { OpenControlPlane } from '../../control/open-control-plane.ts';
import type { AdminRoute } from '../admin-route.ts';
import { createKeyRoutes } from './keys.ts';
import { createOperationRoutes } from './operations.ts';
import { createRegistryRoutes } from './registry.ts';

/** Everything below `/api/` that changes or tells what workers serve from: one line for each resource. */
export function createControlRoutes(control: OpenControlPlane): readonly AdminRoute[] {
  return [
    ...createKeyRoutes(control.keys),
    ...createOperationRoutes(control),
    ...(control.registry === undefined ? [] : createRegistryRoutes(control.registry)),
  ];
}
