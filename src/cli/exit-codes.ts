/** What the exit code of a command says. */
export const EXIT_CODES = Object.freeze({
  done: 0,
  /** Refused or failed: the message says why. */
  failed: 1,
  /** An unknown command or option, or a value of the wrong form. */
  wrongUse: 2,
});
