/** How often a root field may be asked for in a span of time. */
export interface FieldWindow {
  /** `Type.field`. */
  readonly coordinate: string;
  readonly max: number;
  readonly windowMs: number;
}

/** An operation's claim on a window: it asks for the field so many times. */
export interface WindowTake {
  /** Who is counted: an account, or a network of callers without one. */
  readonly account: string;
  readonly window: FieldWindow;
  /** Of the operation, unique: what is taken twice under one id counts once. */
  readonly id: string;
  readonly count: number;
}

export interface WindowOutcome {
  readonly isGranted: boolean;
  /** How often the field was asked for in the window before. */
  readonly used: number;
  /** When it could be granted, in milliseconds from now; 0 where it was. */
  readonly waitMs: number;
}

/** A take of the past, for a store that was away when it happened. */
export interface WindowEntry {
  readonly take: WindowTake;
  readonly ageMs: number;
}

/** Keeps the windows of accounts as logs of what was taken when; each call is one step that nothing else comes between. */
export interface WindowStore {
  /** Takes all of it or nothing. @throws when there is no decision: it may be taken or not then */
  take(take: WindowTake): Promise<WindowOutcome>;
  /** Gives back what was taken. @throws when it is not known to have happened; it may be sent again */
  giveBack(take: WindowTake): Promise<void>;
  /** Enters what was granted elsewhere. @throws as `giveBack` does */
  enter(entry: WindowEntry): Promise<void>;
}
