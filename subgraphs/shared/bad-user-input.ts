import { GraphQLError } from 'graphql';

/** An argument that a caller can mend; the message reaches the caller. Code BAD_USER_INPUT. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** Refuses an integer argument outside of `min` to `max` with BAD_USER_INPUT. */
export function requireRange(name: string, value: number, min: number, max: number): number {
  if (value < min || value > max) {
    throw badUserInput(`Argument "${name}" must be between ${min} and ${max}, found ${value}.`);
  }
  return value;
}
