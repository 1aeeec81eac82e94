/** Tells other machines at once that the tables were changed. A notice may be lost: then they find out by asking. */
export interface Notices {
  /** Tells everybody. Never waits and never fails. */
  send(): void;
  /** Calls back when somebody else has told. */
  follow(onNotice: () => void): void;
  close(): void;
}

/** No Redis, no notices. */
export const noNotices: Notices = { send() {}, follow() {}, close() {} };
