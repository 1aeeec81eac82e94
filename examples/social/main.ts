import { readFileSync } from 'node:fs';
import rules from '../../schema/rules.ts';
import { runSubgraph } from '../../subgraphs/shared/run-subgraph.ts';

/** Mentions in each of the last 24 hours by token, the latest hour last. Made up for this example. */
const MENTIONS = new Map<string, readonly number[]>(
  Object.entries(JSON.parse(readFileSync(new URL('./mentions.json', import.meta.url), 'utf8'))),
);
const WINDOW_HOURS = { HOUR: 1, SIX_HOURS: 6, DAY: 24 } as const;

interface Token {
  readonly id: string;
}

/** The social subgraph: one field of `Token`, for whoever may see tokens. */
await runSubgraph({ name: 'social', defaultPort: 4205 }, async () => ({
  name: 'social',
  schemaFile: new URL('./social.graphql', import.meta.url),
  resolvers: {
    Token: {
      __resolveReference: ({ id }: Token) => (MENTIONS.has(id) ? { id } : null),
      socialVolume: ({ id }: Token, { window }: { window: keyof typeof WINDOW_HOURS }) =>
        MENTIONS.get(id)
          ?.slice(-WINDOW_HOURS[window])
          .reduce((sum, mentions) => sum + mentions, 0) ?? null,
    },
  },
  rules,
  createContext: (caller) => ({ caller }),
}));
