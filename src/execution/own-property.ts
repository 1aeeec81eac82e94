/**
 * Whether plain objects inherit a property of this name, so that reading it says nothing about their own data:
 * `constructor`, `toString`, `__proto__`, …
 */
export function isInheritedName(name: string): boolean {
  return name in Object.prototype;
}

/** A property of the object itself; undefined when it is absent or inherited. */
export function readOwn(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets a property of the object itself, also one called `__proto__`. */
export function writeOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
