import { composeServices } from '@apollo/composition';
import { type DocumentNode, GraphQLError, parse, Source } from 'graphql';
import { printApiSchema } from '../../planning/print-api-schema.ts';
import type {
  ApiSchema,
  CompositionInput,
  CompositionOutcome,
  CompositionRemark,
  SchemaSource,
} from './composition-outcome.ts';
import { describeRemark } from './describe-remark.ts';
import { reservedNames } from './reserved-names.ts';

/**
 * The program of the child process that composes: takes the sources over IPC, answers the outcome, ends. Of a supergraph
 * that it is given whole it makes the API schema alone.
 *
 * Composition loads the planner's model and can take long on a hostile schema; in a process of its own it can be
 * killed, and its memory goes back whole.
 */
process.once('message', (input: CompositionInput) => {
  process.send?.(answer(input), () => process.disconnect());
});

// Nobody waits for the outcome any more.
process.once('disconnect', () => process.exit());

function answer(input: CompositionInput): CompositionOutcome {
  if (!('supergraphSdl' in input)) return compose(input);
  const { supergraphSdl } = input;
  return { type: 'composed', supergraphSdl, apiSchema: readApiSchema(supergraphSdl), hints: [] };
}

function readApiSchema(supergraphSdl: string): ApiSchema {
  try {
    return { sdl: printApiSchema(supergraphSdl) };
  } catch (error) {
    return { refusal: (error as Error).message };
  }
}

function compose(sources: readonly SchemaSource[]): CompositionOutcome {
  const { documents, faults } = parseSources(sources);
  for (const [name, document] of documents) faults.push(...reservedNames(name, document));
  if (faults.length > 0) return { type: 'refused', faults };
  const result = composeServices(
    sources.map(({ name, routingUrl }) => ({
      name,
      url: routingUrl,
      typeDefs: documents.get(name) as DocumentNode,
    })),
  );
  if (result.errors !== undefined) {
    return {
      type: 'refused',
      faults: result.errors.map(({ message, extensions, nodes }) =>
        describeRemark({ code: String(extensions.code ?? 'COMPOSITION_FAILED'), message, nodes }, documents),
      ),
    };
  }
  const supergraphSdl = `${result.supergraphSdl}\n`;
  return {
    type: 'composed',
    supergraphSdl,
    apiSchema: readApiSchema(supergraphSdl),
    hints: result.hints.map(({ definition, message, coordinate, nodes }) =>
      describeRemark({ code: definition.code, message, coordinate, nodes }, documents),
    ),
  };
}

/** Parses every SDL, so that syntax errors of all files are told at once and with their places. */
function parseSources(sources: readonly SchemaSource[]): {
  documents: ReadonlyMap<string, DocumentNode>;
  faults: CompositionRemark[];
} {
  const documents = new Map<string, DocumentNode>();
  const faults: CompositionRemark[] = [];
  for (const { name, sdl, location } of sources) {
    try {
      documents.set(name, parse(new Source(sdl, location)));
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { line, column } = error.locations?.[0] ?? { line: 1, column: 1 };
      faults.push({
        code: 'INVALID_GRAPHQL',
        message: error.message,
        places: [{ subgraph: name, location: `${location}:${line}:${column}` }],
      });
    }
  }
  return { documents, faults };
}
