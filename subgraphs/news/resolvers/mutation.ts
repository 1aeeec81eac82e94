import type { NewsContext } from '../news-context.ts';

export const Mutation = {
  /** Expected failures are outcomes; a source that nobody knows is null, as at every other door. */
  async refreshNewsSource(_root: unknown, { id }: { readonly id: string }, { desk, feeds }: NewsContext) {
    const source = desk.sourceById(id) ?? null;
    return { source, ...(await feeds.refresh(id)) };
  },
};
