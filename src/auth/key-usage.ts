/** When a secret was used last. */
export interface KeyUse {
  readonly keyId: string;
  /** Which of the key's secrets, as the snapshot has it. */
  readonly verifier: string;
  /** Milliseconds since the epoch. */
  readonly lastUsedAtMs: number;
}

/** Gathers uses of keys until somebody takes them away: as many entries as keys are used meanwhile. */
export interface KeyUsage {
  note(keyId: string, verifier: string, nowMs: number): void;
  /** What was noted since the last time. */
  take(): readonly KeyUse[];
}

export function createKeyUsage(): KeyUsage {
  let uses = new Map<string, KeyUse>();
  return {
    note(keyId, verifier, lastUsedAtMs) {
      uses.set(verifier, { keyId, verifier, lastUsedAtMs });
    },
    take() {
      const taken = [...uses.values()];
      uses = new Map();
      return taken;
    },
  };
}
