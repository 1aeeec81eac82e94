import { z } from 'zod';

/** A subgraph's SDL on its way into composition. */
export interface SchemaSource {
  readonly name: string;
  readonly routingUrl: string;
  readonly sdl: string;
  /** How messages name the source: a path relative to the working directory, or a URL. */
  readonly location: string;
}

const place = z.object({
  subgraph: z.string(),
  /** `location:line:column`; absent when composition does not say where. */
  location: z.string().optional(),
});

const remark = z.object({
  /** The code of the composition error or hint, such as FIELD_TYPE_MISMATCH. */
  code: z.string(),
  message: z.string(),
  /** The schema coordinate, such as `Token.symbol` or `Query.token(id:)`. */
  coordinate: z.string().optional(),
  places: z.array(place),
});

/** What clients see of a supergraph, as SDL; or why it cannot be served, although it is a supergraph. */
const apiSchema = z.union([z.object({ sdl: z.string() }), z.object({ refusal: z.string() })]);

/** What composition answers over IPC: the supergraph, or every error. */
export const compositionOutcome = z.discriminatedUnion('type', [
  z.object({ type: z.literal('composed'), supergraphSdl: z.string(), apiSchema, hints: z.array(remark) }),
  z.object({ type: z.literal('refused'), faults: z.array(remark).min(1) }),
]);

export type CompositionOutcome = z.infer<typeof compositionOutcome>;
export type ApiSchema = z.infer<typeof apiSchema>;
/** What the composing process is given: sources to compose, or a supergraph that somebody has composed before. */
export type CompositionInput = readonly SchemaSource[] | { readonly supergraphSdl: string };
/** An error or a hint of composition, with where it comes from. */
export type CompositionRemark = z.infer<typeof remark>;

/** Writes a remark as one line: code, coordinate, subgraphs with their places, message. */
export function formatRemark({ code, message, coordinate, places }: CompositionRemark): string {
  const where = places
    .map(({ subgraph, location }) => (location === undefined ? subgraph : `${subgraph} ${location}`))
    .join(', ');
  const head = [code, coordinate, where === '' ? undefined : `(${where})`].filter(Boolean).join(' ');
  return `${head}: ${message.replaceAll('\n', '\n    ')}`;
}
