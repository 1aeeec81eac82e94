import { type SharingLayers, type SharingSettings, sharingLayersOf } from '../config/sharing-settings.ts';
import type { PlannedFetch } from '../transport/fetch-call.ts';

/** Whether a layer of sharing would apply. */
export interface LayerVerdict {
  /** 1 to 5, from within a fetch to whole operations. */
  readonly layer: number;
  readonly isShared: boolean;
  /** With whom it is shared, or why it is not. */
  readonly reason: string;
}

const NO_LOOKUP = 'it looks no entities up';
const MUTATION = 'nothing of a mutation is shared';
const INTERNAL = 'the gateway answers it, of one request alone';

/**
 * Says which layers a fetch would share, as `create-fetcher.ts` decides it.
 *
 * @param isQuery - whether its operation is a query
 * @param internal - names of the subgraphs that the gateway answers itself
 */
export function explainFetchSharing(
  fetch: PlannedFetch,
  settings: SharingSettings,
  isQuery: boolean,
  internal: ReadonlySet<string> = new Set(),
): readonly LayerVerdict[] {
  const { subgraph, audience, privateCoordinates, entities } = fetch;
  const layers = sharingLayersOf(settings, subgraph);
  const isLookup = entities !== undefined;
  const off = (layer: keyof SharingLayers) =>
    layers[layer] ? undefined : `${offBy(settings, subgraph, layer)} is off`;
  const privacy = audience === 'public' ? undefined : privacyText(privateCoordinates);
  const mutation = isQuery ? undefined : MUTATION;
  const lookup = isLookup ? undefined : NO_LOOKUP;
  const own = internal.has(subgraph) ? INTERNAL : undefined;
  return [
    verdict(1, [lookup], 'equal representations are sent once'),
    // Look-ups that meet those of other requests meet their own as well.
    verdict(
      2,
      [lookup, layers.coalesce && isQuery && audience === 'public' ? undefined : off('entities')],
      'with look-ups of the same step',
    ),
    verdict(
      3,
      [own, mutation, off('requests')],
      audience === 'public' ? 'with identical fetches of the tier' : 'with identical fetches of this caller',
    ),
    verdict(4, [lookup, mutation, privacy, off('coalesce')], 'with look-ups of the tier'),
  ];
}

/** Says whether the whole operation would be shared. @param asksInternal - whether the gateway answers part of it */
export function explainRunSharing(
  settings: SharingSettings,
  isQuery: boolean,
  asksInternal = false,
): LayerVerdict {
  const off = settings.operations ? undefined : 'sharing.operations is off';
  return verdict(
    5,
    [isQuery ? undefined : MUTATION, asksInternal ? INTERNAL : undefined, off],
    'with identical operations of callers with the same rights',
  );
}

/** The first thing that stands against it decides. */
function verdict(layer: number, against: readonly (string | undefined)[], why: string): LayerVerdict {
  const reason = against.find((entry) => entry !== undefined);
  return { layer, isShared: reason === undefined, reason: reason ?? why };
}

function privacyText([first, ...more]: readonly string[]): string {
  return more.length === 0 ? `${first} is private` : `${first} and ${more.length} more are private`;
}

/** The setting that says no. */
function offBy({ overrides }: SharingSettings, subgraph: string, layer: keyof SharingLayers): string {
  const own = Object.hasOwn(overrides, subgraph) ? overrides[subgraph]?.[layer] : undefined;
  return own === undefined ? `sharing.${layer}` : `sharing.overrides.${subgraph}.${layer}`;
}
