/**
 * Stands for an object that there is only later, or that is replaced: each access goes to the one that `current` names
 * then.
 *
 * @param current - may throw as long as there is none; whoever uses the object gets that error
 */
export function lateBound<Target extends object>(current: () => Target): Target {
  return new Proxy({} as Target, { get: (_, name) => Reflect.get(current(), name) });
}
