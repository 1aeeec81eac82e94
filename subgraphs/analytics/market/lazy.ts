/** Puts a computation off until it is asked for, and does it at most once. */
export function lazy<Value>(compute: () => Value): () => Value {
  let result: { readonly value: Value } | undefined;
  return () => {
    result ??= { value: compute() };
    return result.value;
  };
}
