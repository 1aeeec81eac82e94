import type { BudgetLimits } from '../../src/limits/budget/budget.ts';

/**
 * An account as plainly as it can be told: one thread, one list of what was taken, exact numbers. What budgets are
 * compared with.
 */
export class BudgetModel {
  readonly #limits: BudgetLimits;
  readonly #taken = new Map<string, number>();
  readonly #over = new Set<string>();
  #level: number;
  #nowMs: number;

  constructor(limits: BudgetLimits, nowMs: number) {
    this.#limits = limits;
    this.#level = limits.bucketPoints;
    this.#nowMs = nowMs;
  }

  /** Points in the bucket at a time. */
  levelAt(nowMs: number): number {
    const elapsed = Math.max(0, nowMs - this.#nowMs);
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#level = Math.min(
      this.#limits.bucketPoints,
      this.#level + (elapsed * this.#limits.refillPerSecond) / 1000,
    );
    return this.#level;
  }

  /** @returns whether the points were there */
  reserve(id: string, points: number, nowMs: number): boolean {
    const level = this.levelAt(nowMs);
    if (points === 0 || this.#taken.has(id) || this.#over.has(id)) return true;
    if (level < points) return false;
    this.#level -= points;
    this.#taken.set(id, points);
    return true;
  }

  /** What came of a request takes the place of what was reserved. */
  settle(id: string, points: number, nowMs: number): void {
    this.levelAt(nowMs);
    const taken = this.#taken.get(id);
    if (taken === undefined) return;
    this.#taken.delete(id);
    this.#over.add(id);
    this.#level += taken - Math.min(Math.max(points, 1), taken * 2);
    this.levelAt(nowMs);
  }

  cancel(id: string, nowMs: number): void {
    this.levelAt(nowMs);
    this.#level += this.#taken.get(id) ?? 0;
    this.#taken.delete(id);
    this.#over.add(id);
    this.levelAt(nowMs);
  }

  charge(id: string, points: number, nowMs: number): void {
    this.levelAt(nowMs);
    if (this.#over.has(id) || this.#taken.has(id)) return;
    this.#over.add(id);
    this.#level -= points;
  }
}
