import { createRequire } from 'node:module';

/**
 * graphql-shield and graphql-middleware, loaded as CommonJS.
 *
 * The ES module build of graphql-shield 7.6 imports `isUndefined` from `node:util`, which Node 23 removed, and
 * the CommonJS build calls it in `chain` and `race`. The two packages also have to come from one module kind,
 * since they recognise each other by `instanceof`. This is the only module that touches them.
 */
const require = createRequire(import.meta.url);
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;

export const { shield, rule, and, or, chain, race, not, allow, deny } =
  require('graphql-shield') as typeof import('graphql-shield');
export const { applyMiddleware } = require('graphql-middleware') as typeof import('graphql-middleware');
