import type { OperationOutcome } from '../pipeline.ts';

/** Who is told which rule refused what: operators, by this scope. Everybody else sees codes and paths. */
const OPERATOR_SCOPE = 'platform:read';
/** Entries of the header; proxies cut off headers that are too long. */
const MOST_ENTRIES = 20;

/** The header that tells operators which rule refused which field. */
export const REFUSAL_HEADER = 'x-rules-refused';

/**
 * What the header says: `Portfolio.risk FORBIDDEN hasScopes(analytics:pro)`, entries parted by a semicolon.
 *
 * @returns undefined when nothing was refused, or the caller is no operator
 */
export function refusalHeader({
  caller,
  operation,
}: Pick<OperationOutcome, 'caller' | 'operation'>): string | undefined {
  const fields = operation.refusals?.fields ?? [];
  if (fields.length === 0 || !caller.scopes.has(OPERATOR_SCOPE)) return undefined;
  const entries = fields
    .slice(0, MOST_ENTRIES)
    .map(({ coordinate, code, rule }) => `${coordinate} ${code} ${rule}`.replace(/[^ -~]|;/g, '?'));
  const surplus = fields.length - entries.length;
  return [...entries, ...(surplus > 0 ? [`and ${surplus} more`] : [])].join('; ');
}
