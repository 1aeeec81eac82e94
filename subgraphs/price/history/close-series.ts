/** Closes on a regular grid of time, as the decimal text that the source gave; null where nothing was traded. */
export class CloseSeries {
  /** The end of the first period, in milliseconds. */
  readonly firstEndMs: number;
  /** The length of a period, in milliseconds. */
  readonly intervalMs: number;
  /** How many periods the series has. */
  readonly length: number;
  readonly #values: readonly (string | null)[];

  constructor(firstEndMs: number, intervalMs: number, values: readonly (string | null)[], length?: number) {
    this.firstEndMs = firstEndMs;
    this.intervalMs = intervalMs;
    this.#values = values;
    this.length = length ?? values.length;
  }

  /** The end of the last period, in milliseconds. */
  get lastEndMs(): number {
    return this.firstEndMs + (this.length - 1) * this.intervalMs;
  }

  /** The close of the period that ends at an instant; null where there is none, and off the grid. */
  at(endMs: number): string | null {
    const index = (endMs - this.firstEndMs) / this.intervalMs;
    return Number.isInteger(index) && index >= 0 && index < this.length
      ? (this.#values[index] ?? null)
      : null;
  }

  /** The closes as a list, oldest first. */
  values(): readonly (string | null)[] {
    return this.length === this.#values.length ? this.#values : this.#values.slice(0, this.length);
  }

  /** The end of the last period that has a close, in milliseconds; undefined when none has. */
  lastTradedEndMs(): number | undefined {
    for (let index = this.length - 1; index >= 0; index -= 1) {
      if (this.#values[index] != null) return this.firstEndMs + index * this.intervalMs;
    }
    return undefined;
  }

  /** The same closes moved in time, cut to the periods that are over at an instant; the values are shared. */
  replayed(offsetMs: number, nowMs: number): CloseSeries {
    const firstEndMs = this.firstEndMs + offsetMs;
    const closed = Math.floor((nowMs - firstEndMs) / this.intervalMs) + 1;
    const length = Math.max(0, Math.min(this.#values.length, closed));
    return new CloseSeries(firstEndMs, this.intervalMs, this.#values, length);
  }
}
