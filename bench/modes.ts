import type { GatewayOptions } from '../src/gateway.ts';

/** How the gateway of a mode is set, beyond its defaults: sections of `gateway.yaml`, options of `createGateway`. */
export interface TributarySetup {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<Omit<GatewayOptions, 'snapshot' | 'secrets' | 'log' | 'metrics'>>;
}

/** A program that is measured. */
export interface Mode {
  readonly name: string;
  /** The file in `programs/`. */
  readonly program: 'stock-gateway' | 'tributary-gateway' | 'proxy' | 'static-server';
  /** The root of the checkout that the program is taken from; absent means this one. */
  readonly checkout?: string;
  readonly setup?: TributarySetup;
  /** `false`: it answers with the bytes of request number 0, whatever is asked. */
  readonly answersEach: boolean;
  /** It makes one call for each fetch of the plan; asserted. */
  readonly callsAsPlanned: boolean;
  /** The most calls of subgraphs for one request, by workload; asserted. */
  readonly callLimits?: Readonly<Record<string, number>>;
  /** Absent: all workloads. */
  readonly workloads?: readonly string[];
}

const gateway = { answersEach: true, callsAsPlanned: true } as const;
/** Layers that share work, in the order in which they are added; what is not named is off. */
const sharing = (...layers: readonly string[]) => ({
  settings: {
    sharing: Object.fromEntries(
      ['entities', 'requests', 'coalesce', 'operations'].map((layer) => [layer, layers.includes(layer)]),
    ),
  },
});
const shared = { answersEach: true, callsAsPlanned: false } as const;
/** Few sockets with several queries under way on each, as an operator may set it for subgraphs of his own. */
const PIPELINED = { subgraphs: { all: { timeoutMs: 20_000, connections: 8, pipelining: 8 } } };
const floor = { answersEach: false, callsAsPlanned: false } as const;
/** The workloads that targets are set for; the others are measured in fewer modes, to stay within five minutes. */
const TARGETED = ['store', 'portfolio'];

/** Everything that is measured, in the order of a round. A new mode is one line here. */
export const MODES: readonly Mode[] = [
  { name: 'stock', program: 'stock-gateway', ...gateway },
  {
    name: 'engine apollo',
    program: 'tributary-gateway',
    setup: { settings: { engine: 'apollo', ...sharing().settings } },
    ...gateway,
    workloads: ['store'],
  },
  // Nothing is shared between requests.
  { name: 'alone', program: 'tributary-gateway', setup: sharing('entities'), ...shared },
  {
    name: 'pipelined',
    program: 'tributary-gateway',
    setup: { settings: { ...sharing('entities').settings, ...PIPELINED } },
    ...shared,
    workloads: ['portfolio'],
  },
  {
    name: 'in flight',
    program: 'tributary-gateway',
    setup: sharing('entities', 'requests'),
    ...shared,
    workloads: [...TARGETED, 'idle'],
  },
  // The same once more: what differs between these two is noise.
  {
    name: 'in flight again',
    program: 'tributary-gateway',
    setup: sharing('entities', 'requests'),
    ...shared,
    workloads: ['idle'],
  },
  {
    name: 'coalesced',
    program: 'tributary-gateway',
    setup: sharing('entities', 'requests', 'coalesce'),
    callLimits: { portfolio: 1.3 },
    ...shared,
    workloads: [...TARGETED, 'idle'],
  },
  {
    name: 'all',
    program: 'tributary-gateway',
    setup: sharing('entities', 'requests', 'coalesce', 'operations'),
    callLimits: { portfolio: 1.3 },
    ...shared,
  },
  { name: 'proxy', program: 'proxy', ...floor, workloads: TARGETED },
  { name: 'static', program: 'static-server', ...floor, workloads: TARGETED },
];

/** The mode that ratios are taken to. */
export const BASELINE = 'stock';
