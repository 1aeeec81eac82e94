import type { Import } from './read-imports.ts';

/**
 * The rooms of `src/` from left to right, neighbours of one rank together: an import goes right only, may skip, and
 * does not reach a neighbour. A file directly in `src/` is a room of its own.
 */
export const RANKS: readonly (readonly string[])[] = [
  ['cli'],
  ['supervisor', 'index.ts'],
  ['http', 'admin'],
  ['gateway.ts', 'control', 'explain'],
  ['wiring'],
  ['pipeline.ts'],
  ['operations', 'auth', 'shield', 'limits', 'execution'],
  ['planning', 'batching', 'caching', 'gateway-subgraph'],
  ['transport'],
  ['supergraph'],
  ['storage'],
  ['observability'],
  ['config'],
  ['errors'],
  ['lib'],
];

/** Types that the steps share; every room may read them. */
const SHARED_TYPES: ReadonlySet<string> = new Set(['context.ts', 'snapshot.ts', 'hooks.ts']);
/** What is made for people who work on the project; the product never needs it. */
const TOOLS: ReadonlySet<string> = new Set(['scripts', 'test', 'bench']);
const COMMON_SUBGRAPH_FOLDER = 'shared';

/** Says what is wrong with each import that goes against the direction of the rooms; empty when none does. */
export function checkDirection(imports: readonly Import[]): readonly string[] {
  return imports.flatMap((entry) => {
    const fault = faultOf(entry);
    return fault === undefined ? [] : [`${entry.from} imports ${entry.to}: ${fault}`];
  });
}

function faultOf({ from, to, isTypeOnly }: Import): string | undefined {
  const [area = '', room = ''] = from.split('/');
  const [targetArea = '', targetRoom = ''] = to.split('/');
  if (TOOLS.has(targetArea) && !TOOLS.has(area)) return `only ${[...TOOLS].join(', ')} import ${targetArea}/`;
  if (area === 'subgraphs') return subgraphFault(room, targetArea, targetRoom);
  if (area !== 'src') return undefined;
  if (targetArea === 'subgraphs') return 'src never imports a subgraph; it runs one as a program';
  return targetArea === 'src' ? roomFault(room, targetRoom, isTypeOnly) : undefined;
}

function subgraphFault(subgraph: string, targetArea: string, targetRoom: string): string | undefined {
  if (targetArea === 'src') {
    return targetRoom === 'lib' ? undefined : 'of src, a subgraph imports src/lib alone';
  }
  if (targetArea !== 'subgraphs') return undefined;
  return targetRoom === subgraph || targetRoom === COMMON_SUBGRAPH_FOLDER
    ? undefined
    : 'a subgraph imports its own folder and subgraphs/shared alone';
}

function roomFault(room: string, targetRoom: string, isTypeOnly: boolean): string | undefined {
  if (room === targetRoom) return undefined;
  if (SHARED_TYPES.has(targetRoom))
    return isTypeOnly ? undefined : `${targetRoom} holds types: use import type`;
  // Files of types say what rooms define; nothing of theirs runs.
  if (SHARED_TYPES.has(room)) return isTypeOnly ? undefined : `${room} holds types alone`;
  const rank = rankOf(room);
  const targetRank = rankOf(targetRoom);
  if (rank === -1) return `${room} has no place among the rooms`;
  if (targetRank === -1) return `${targetRoom} has no place among the rooms`;
  if (targetRank > rank) return undefined;
  return targetRank === rank
    ? `${room} and ${targetRoom} are neighbours`
    : `${targetRoom} stands left of ${room}`;
}

function rankOf(room: string): number {
  return RANKS.findIndex((rooms) => rooms.includes(room));
}
