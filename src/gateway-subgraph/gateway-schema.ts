import { readFileSync } from 'node:fs';
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { resolvers } from './resolvers.ts';

const SDL_FILE = new URL('../../schema/gateway.graphql', import.meta.url);

let sdl: DocumentNode | undefined;
let schema: Promise<GraphQLSchema> | undefined;

/** What the subgraph offers, as it is composed. */
export function gatewaySdl(): DocumentNode {
  sdl ??= parse(readFileSync(SDL_FILE, 'utf8'), { noLocation: true });
  return sdl;
}

/** The schema that answers; made once, when somebody asks. */
export function gatewaySchema(): Promise<GraphQLSchema> {
  schema ??= import('@graphql-tools/schema').then(({ makeExecutableSchema }) =>
    // Directives of the federation are for composition; nobody defines them here.
    makeExecutableSchema({ typeDefs: gatewaySdl(), resolvers, assumeValidSDL: true, assumeValid: true }),
  );
  return schema;
}
