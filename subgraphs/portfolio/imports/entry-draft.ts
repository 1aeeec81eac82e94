import type { EntryInput } from '../mutations/add-transaction-input.ts';

/** How a file names a token: by the platform's id, or by a ticker that several tokens may have. */
export type TokenName = { readonly tokenId: string } | { readonly symbol: string };

/** An entry as a file tells it, before the ledger and the registry are looked at. */
export interface EntryDraft extends EntryInput {
  readonly line: number;
  readonly token: TokenName;
  /** Whether an entry of any kind takes the market price of its time when the file tells none. */
  readonly isValuedAtMarket?: boolean;
}

/** Why a line was refused. */
export interface LineIssue {
  readonly line: number;
  readonly message: string;
  /** The tokens that an ambiguous ticker may have meant. */
  readonly candidateIds: readonly string[];
}

/** What a file tells. */
export interface FileContent {
  readonly drafts: readonly EntryDraft[];
  readonly issues: readonly LineIssue[];
}

/** A file that cannot be read as a whole. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** A line that cannot be read; the lines around it can. */
export class UnreadableLine extends Error {
  override readonly name = 'UnreadableLine';
}

/** Makes the issue of a line that names no token in particular. */
export function issueAt(line: number, message: string): LineIssue {
  return { line, message, candidateIds: [] };
}
