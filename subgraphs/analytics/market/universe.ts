import { type GradeSources, gradeTokens, type TokenGrades } from './token-grades.ts';

/** Figures of one version of the market that rest on all tokens at once. */
export interface Universe {
  /** By token id. */
  readonly grades: ReadonlyMap<string, TokenGrades>;
}

/** Computes what rests on all tokens, in many short steps. */
export function* computeUniverse(sources: GradeSources): Generator<undefined, Universe> {
  return { grades: yield* gradeTokens(sources) };
}
