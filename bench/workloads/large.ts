import type { CannedSubgraph } from '../canned/canned-subgraph.ts';
import { entityBy } from '../canned/entity-by.ts';
import { filler } from './filler.ts';
import type { Workload } from './workload.ts';

const CATALOGUE = /* GraphQL */ `
  type Query { items: [Item!]! }
  type Item @key(fields: "id") { id: ID! title: String! description: String! tags: [Tag!]! }
  type Tag { name: String! weight: Float! }
`;
const STOCK = /* GraphQL */ `
  type Item @key(fields: "id") { id: ID! available: Int! location: String! }
`;
const QUERY = 'query Large { items { id title description tags { name weight } available location } }';

const ITEMS = 7_000;

/** One answer of about 5 MB: 7,000 entities, each from two subgraphs. */
export function createLarge(): Workload {
  const items = Array.from({ length: ITEMS }, (_, index) => ({
    __typename: 'Item',
    id: `item-${index}`,
    title: filler(`title ${index}`, 40),
    description: filler(`description ${index}`, 426),
    tags: [0, 1, 2].map((tag) => ({
      __typename: 'Tag',
      name: filler(`tag ${index} ${tag}`, 12),
      weight: index / 7 + tag,
    })),
    available: index % 97,
    location: filler(`location ${index}`, 16),
  }));
  const root = { __typename: 'Query', items };
  const entities = { Item: entityBy('id', items) };
  const subgraphs: CannedSubgraph[] = [
    { name: 'catalogue', sdl: CATALOGUE, root, entities },
    { name: 'stock', sdl: STOCK, root, entities },
  ];
  return {
    name: 'large',
    description: 'one answer of 5 MB, 7,000 entities from two subgraphs',
    connections: 2,
    subgraphs,
    root,
    requestCount: 1,
    request: () => ({ query: QUERY }),
    planned: { calls: 2, representations: ITEMS },
    answerBytes: { min: 4_900_000, max: 5_300_000 },
    roundRequests: 8,
    warmUpRequests: 4,
  };
}
