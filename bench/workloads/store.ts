import type { CannedEntity, CannedSubgraph } from '../canned/canned-subgraph.ts';
import { entityBy } from '../canned/entity-by.ts';
import type { CannedObject } from '../canned/select-fields.ts';
import { filler } from './filler.ts';
import type { Workload } from './workload.ts';

const ACCOUNTS = /* GraphQL */ `
  type Query { users: [User!]! }
  type User @key(fields: "id") { id: ID! name: String! username: String! birthday: Int! }
`;
const INVENTORY = /* GraphQL */ `
  type Product @key(fields: "upc") {
    upc: ID!
    price: Int @external
    weight: Int @external
    inStock: Boolean!
    shippingEstimate: Int @requires(fields: "price weight")
  }
`;
const PRODUCTS = /* GraphQL */ `
  type Query { topProducts: [Product!]! }
  type Product @key(fields: "upc") {
    upc: ID!
    name: String!
    price: Int
    weight: Int
    shippingEstimate: Int @external
    landedPrice: Int @requires(fields: "shippingEstimate")
  }
`;
const REVIEWS = /* GraphQL */ `
  type User @key(fields: "id") { id: ID! reviews: [Review!]! }
  type Product @key(fields: "upc") { upc: ID! reviews: [Review!]! }
  type Review @key(fields: "id") { id: ID! body: String! author: User! product: Product! }
`;

const QUERY = /* GraphQL */ `
  fragment UserFields on User { id username name birthday }
  fragment ReviewFields on Review { id body }
  fragment ProductFields on Product { upc name price weight shippingEstimate landedPrice }
  query Store {
    users {
      ...UserFields
      reviews {
        ...ReviewFields
        product {
          ...ProductFields
          reviews {
            ...ReviewFields
            author { ...UserFields reviews { ...ReviewFields product { ...ProductFields } } }
          }
        }
      }
    }
    topProducts {
      upc
      name
      price
      weight
      inStock
      shippingEstimate
      reviews {
        ...ReviewFields
        author { ...UserFields reviews { ...ReviewFields product { ...ProductFields } } }
      }
    }
  }
`;

const USERS = 9;
const PRODUCT_COUNT = 6;
const REVIEW_COUNT = 16;
const BODY_LENGTH = 325;

type Linked = Record<string, unknown> & CannedObject;

/** Users, products and reviews, linked in both directions. */
function createData(): { users: Linked[]; products: Linked[] } {
  const users = Array.from({ length: USERS }, (_, index): Linked => {
    const id = String(index + 1);
    return {
      __typename: 'User',
      id,
      name: `User number ${id}`,
      username: `user-${id}`,
      birthday: 19_700_101 + index * 10_000,
      reviews: [],
    };
  });
  const products = Array.from({ length: PRODUCT_COUNT }, (_, index): Linked => {
    const [price, weight] = [899 - index * 100, 100 + index * 50];
    return {
      __typename: 'Product',
      upc: String(index + 1),
      name: `Product number ${index + 1}`,
      price,
      weight,
      inStock: index % 2 === 0,
      shippingEstimate: estimateShipping(price, weight),
      landedPrice: price + estimateShipping(price, weight),
      reviews: [],
    };
  });
  for (let index = 0; index < REVIEW_COUNT; index += 1) {
    const author = users[index % USERS] as Linked;
    const product = products[index % PRODUCT_COUNT] as Linked;
    const review = {
      __typename: 'Review',
      id: String(index + 1),
      body: filler(`review ${index}`, BODY_LENGTH),
      author,
      product,
    };
    (author.reviews as unknown[]).push(review);
    (product.reviews as unknown[]).push(review);
  }
  return { users, products };
}

/** Free above 1,000, otherwise by weight. */
function estimateShipping(price: number, weight: number): number {
  return price > 1000 ? 0 : Math.round(weight / 2);
}

/** A small web shop: one fixed query that walks reviews back and forth, so that entities repeat many times. */
export function createStore(): Workload {
  const { users, products } = createData();
  const byUpc = entityBy('upc', products);
  const byId = entityBy('id', users);
  const root = { __typename: 'Query', users, topProducts: products };
  const inventoryProduct: CannedEntity = {
    key: ({ upc, price, weight }) => {
      if (price === undefined || weight === undefined) throw new Error('price and weight are required');
      return `${upc} ${price} ${weight}`;
    },
    find: (representation) => ({
      ...byUpc.find(representation),
      shippingEstimate: estimateShipping(Number(representation.price), Number(representation.weight)),
    }),
  };
  const subgraphs: CannedSubgraph[] = [
    { name: 'accounts', sdl: ACCOUNTS, root, entities: { User: byId } },
    { name: 'inventory', sdl: INVENTORY, root, entities: { Product: inventoryProduct } },
    { name: 'products', sdl: PRODUCTS, root, entities: { Product: byUpc } },
    { name: 'reviews', sdl: REVIEWS, root, entities: { User: byId, Product: byUpc } },
  ];
  return {
    name: 'store',
    description: 'one fixed query over four subgraphs, in five stages',
    connections: 50,
    subgraphs,
    root,
    requestCount: 1,
    request: () => ({ query: QUERY }),
    planned: { calls: 16, representations: 465 },
    answerBytes: { min: 85_000, max: 89_000 },
  };
}
