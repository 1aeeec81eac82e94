/** What other programs may use of Tributary. */
export { CODES, type Code } from './errors/codes.ts';
export { ConfigError, RequestError, RequestErrors, SubgraphError } from './errors/errors.ts';
export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
export { createPublicServer, type PublicServer } from './http/public-server.ts';
export type { KeyRecord, Snapshot, WorkerSecrets } from './snapshot.ts';
