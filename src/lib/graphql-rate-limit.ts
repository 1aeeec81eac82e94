import { createRequire } from 'node:module';
// First: graphql-rate-limit loads graphql-shield as CommonJS, which needs what that module mends.
import './graphql-shield.ts';

/**
 * graphql-rate-limit, loaded as CommonJS for the same reasons as graphql-shield. Its directive and its Redis store are
 * left alone: the one needs an old visitor of schemas, the other lets everybody through who comes at the same moment.
 */
const require = createRequire(import.meta.url);
export const { getGraphQLRateLimiter, Store } =
  require('graphql-rate-limit') as typeof import('graphql-rate-limit');
