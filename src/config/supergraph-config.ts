import { z } from 'zod';
import { GATEWAY_SUBGRAPH_URL } from '../lib/internal-url.ts';

/**
 * `supergraph.yaml`: composition alone, in rover's format, so that people can bring theirs.
 *
 * @see https://www.apollographql.com/docs/rover/commands/supergraphs#yaml-configuration-file
 */
export const supergraphConfig = z.strictObject({
  federation_version: z
    .union([z.string(), z.number()])
    .transform(String)
    .pipe(z.string().regex(/^=?2(\.\d+){0,2}$/, 'a version of Federation 2, such as 2 or =2.9.0'))
    .default('2')
    .describe('The version of Federation.'),
  subgraphs: z
    .record(
      z.string().regex(/^[A-Za-z][\w-]*$/, 'a name of letters, digits, "_" and "-"'),
      z.strictObject({
        routing_url: z
          .string()
          .refine(
            (url) => url === GATEWAY_SUBGRAPH_URL || z.url({ protocol: /^https?$/ }).safeParse(url).success,
            `an http or https URL, or ${GATEWAY_SUBGRAPH_URL}`,
          )
          .optional()
          .describe(
            'Where the subgraph answers; needed with `schema.file`. `internal:gateway`: inside the gateway.',
          ),
        schema: z
          .union([
            z.strictObject({ file: z.string().min(1).describe('The SDL, relative to this file.') }),
            z.strictObject({
              subgraph_url: z
                .url({ protocol: /^https?$/, error: 'an http or https URL' })
                .describe('A running subgraph that is asked for its SDL (`_service { sdl }`).'),
            }),
          ])
          .describe('Where the SDL comes from: `file` or `subgraph_url`.'),
      }),
    )
    .refine((subgraphs) => Object.keys(subgraphs).length > 0, 'at least one subgraph')
    .describe('The subgraphs by name.'),
});

export type SupergraphConfig = z.infer<typeof supergraphConfig>;
