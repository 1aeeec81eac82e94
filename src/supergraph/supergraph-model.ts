import { buildASTSchema, type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { ConfigError } from '../errors/errors.ts';

/** A supergraph, read when it is first asked for and once for all who ask: its SDL may take a while. */
export class SupergraphModel {
  /** As it was composed. */
  readonly sdl: string;
  #document: DocumentNode | undefined;
  #schema: GraphQLSchema | undefined;

  constructor(sdl: string) {
    this.sdl = sdl;
  }

  /** With its access directives and `@join__` directives. @throws ConfigError SUPERGRAPH_INVALID when it is not SDL */
  get document(): DocumentNode {
    this.#document ??= parseSupergraph(this.sdl);
    return this.#document;
  }

  /** Inaccessible elements included. @throws ConfigError SUPERGRAPH_INVALID when it is not SDL */
  get schema(): GraphQLSchema {
    this.#schema ??= buildASTSchema(this.document, { assumeValidSDL: true });
    return this.#schema;
  }
}

function parseSupergraph(sdl: string): DocumentNode {
  try {
    return parse(sdl, { noLocation: true });
  } catch (cause) {
    throw new ConfigError(
      'SUPERGRAPH_INVALID',
      `The supergraph is not valid SDL: ${(cause as Error).message}`,
      cause,
    );
  }
}
