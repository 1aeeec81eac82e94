/**
 * Lets work run once at a time: a call while it runs asks for one more run after it, which all calls in the meantime
 * share. So whoever calls gets a run that began after the call.
 *
 * @returns settles with the run that answers the call
 */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}
