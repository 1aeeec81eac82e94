/**
 * Counts the mutations that have ended in this worker, so that what was asked afterwards never joins what began
 * before: whoever has the answer to a mutation, reads what it wrote.
 *
 * It counts those of all callers and all subgraphs: a mutation may change what another subgraph answers, and what
 * another caller sees. What is under way on both sides of one is asked twice at the most.
 */
export class WriteEpoch {
  #current = 0;

  get current(): number {
    return this.#current;
  }

  /** To be called when a mutation has ended, however, and before anybody is told. */
  advance(): void {
    this.#current += 1;
  }
}
