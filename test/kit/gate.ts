/** Holds whoever comes until a test opens it. */
export interface Gate {
  /** Waits here; at once through when the gate is open. */
  pass(): Promise<void>;
  /** Resolves when so many have come, whether they are through or not. */
  arrived(count: number): Promise<void>;
  open(): void;
  close(): void;
}

/** A gate, open unless it is closed. */
export function createGate(): Gate {
  let opening: PromiseWithResolvers<void> | undefined;
  let arrivals = 0;
  const watchers: { readonly count: number; readonly notify: () => void }[] = [];
  return {
    pass() {
      arrivals += 1;
      for (const { count, notify } of watchers) if (arrivals >= count) notify();
      return opening?.promise ?? Promise.resolve();
    },
    arrived: (count) =>
      new Promise((notify) => {
        if (arrivals >= count) notify();
        else watchers.push({ count, notify });
      }),
    open() {
      opening?.resolve();
      opening = undefined;
    },
    close() {
      opening ??= Promise.withResolvers<void>();
    },
  };
}
