import type { CompositionRemark, SchemaSource } from './composition-outcome.ts';

const FEDERATION_LINK = /https:\/\/specs\.apollo\.dev\/federation\/v2\.(\d+)/;

/**
 * Holds the subgraphs to the pinned `federation_version`: with `=2.9.0`, a subgraph that links `federation/v2.10`
 * is refused, as composition of that version would.
 *
 * @returns one fault for each subgraph beyond the version; none when the version is not pinned
 */
export function checkFederationVersion(
  federationVersion: string,
  sources: readonly SchemaSource[],
): CompositionRemark[] {
  const pinned = /^=2\.(\d+)/.exec(federationVersion)?.[1];
  if (pinned === undefined) return [];
  return sources.flatMap(({ name, sdl, location }) => {
    const link = FEDERATION_LINK.exec(sdl);
    if (link === null || Number(link[1]) <= Number(pinned)) return [];
    const line = sdl.slice(0, link.index).split('\n').length;
    return [
      {
        code: 'UNKNOWN_FEDERATION_LINK_VERSION',
        message: `the subgraph links federation v2.${link[1]}, and federation_version is pinned to ${federationVersion}`,
        places: [{ subgraph: name, location: `${location}:${line}` }],
      },
    ];
  });
}
