/** What a {@link StoreWatch} needs to know. */
export interface StoreWatchOptions {
  /** How long a decision may take before it is made without the store. */
  readonly decisionTimeoutMs: number;
  /** Called when the store is lost, with why, and when it is back. */
  readonly onAway: (reason: string) => void;
  readonly onBack: () => void;
  /** Writes what came up while the store was away. @returns whether it takes writes again and has all of it */
  readonly recover: () => Promise<boolean>;
}

const FIRST_PROBE_MS = 50;
const LONGEST_PROBE_MS = 1_000;

/**
 * Knows whether a shared store decides. A decision that does not come in time, or fails, takes the store out of use for
 * all, those that wait included; from then on it is probed with growing pauses until it has recovered.
 */
export class StoreWatch {
  readonly #options: StoreWatchOptions;
  /** Decisions that the store was asked for and has not made. */
  readonly #undecided = new Set<() => void>();
  #probeTimer: NodeJS.Timeout | undefined;
  #isAway = false;
  #isClosed = false;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** The store's decision; undefined when there is none in time. */
  decide<Outcome>(asked: Promise<Outcome>): Promise<Outcome | undefined> {
    return new Promise((resolve) => {
      const give = (outcome: Outcome | undefined): void => {
        clearTimeout(timer);
        this.#undecided.delete(giveUp);
        resolve(outcome);
      };
      const giveUp = () => give(undefined);
      const timer = setTimeout(() => {
        // An answer that has come while this process was busy is read before this runs.
        setImmediate(() => {
          if (this.#undecided.has(giveUp)) this.goAway('there is no answer in time');
        });
      }, this.#options.decisionTimeoutMs);
      this.#undecided.add(giveUp);
      asked.then(give, (error: Error) => {
        if (this.#undecided.has(giveUp)) this.goAway(error.message);
      });
    });
  }

  /** Goes on without the store, at once. */
  goAway(reason: string): void {
    if (!this.#isAway) {
      this.#isAway = true;
      this.#options.onAway(reason);
      this.#probeIn(FIRST_PROBE_MS);
    }
    for (const giveUp of [...this.#undecided]) giveUp();
  }

  /** Probes no more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#probeTimer);
  }

  #probeIn(delayMs: number): void {
    if (this.#isClosed) return;
    this.#probeTimer = setTimeout(() => void this.#probe(delayMs), delayMs).unref();
  }

  async #probe(delayMs: number): Promise<void> {
    if (await this.#options.recover()) {
      this.#isAway = false;
      this.#options.onBack();
    } else {
      this.#probeIn(Math.min(LONGEST_PROBE_MS, delayMs * 2));
    }
  }
}
