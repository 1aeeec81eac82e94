/** The routing URL of the subgraph that the gateway answers itself, without HTTP. */
export const GATEWAY_SUBGRAPH_URL = 'internal:gateway';

/** Whether a routing URL names something inside the gateway, and no address. */
export function isInternalUrl(url: string): boolean {
  return url.startsWith('internal:');
}
