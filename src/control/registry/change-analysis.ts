import { z } from 'zod';
import type { GatewaySettings } from '../../config/gateway-settings.ts';
import { operationInUse } from './operation-usage.ts';

/** Whether a publish may go on: `breaks` stops it, `warns` is told, `passes` is told when all is asked for. */
export const verdict = z.enum(['breaks', 'warns', 'passes']);
export type Verdict = z.infer<typeof verdict>;

const schemaChange = z.object({
  /** What kind of change, such as FIELD_REMOVED or ACCESS_ADDED. */
  code: z.string(),
  /** Where, as `Type.field.argument`. */
  coordinate: z.string(),
  message: z.string(),
  verdict,
  /** Why the verdict is what it is, where use decides it. */
  reason: z.string().optional(),
  /** Ids of the operations that depend on the place. */
  usedBy: z.array(z.string()),
});

const schemaGap = z.object({
  /** ACCESS_MISSING, RULE_MISSING or SIZE_MISSING. */
  code: z.string(),
  coordinate: z.string(),
  message: z.string(),
  verdict,
});

const beforeAfter = z.object({ before: z.number(), after: z.number() });

const operationChange = z.object({
  id: z.string(),
  /** Calls to subgraphs by plan; absent where the operation does not fit one of the schemas. */
  calls: beforeAfter.optional(),
  /** Estimated points, with the defaults of its variables; absent where calls are. */
  cost: beforeAfter.optional(),
  /** Why it does not fit the new schema any more; empty when it does. */
  errors: z.array(z.string()),
});

/** What a change of the supergraph means for those who use it. */
export const changeAnalysis = z.object({
  changes: z.array(schemaChange),
  gaps: z.array(schemaGap),
  /** Of operations in use: those that break, and those whose plan changes. */
  operations: z.array(operationChange),
  /** How many operations were looked at, and how many of the rest were left out for lack of time. */
  analysed: z.int(),
  leftOut: z.int(),
});

export type ChangeAnalysis = z.infer<typeof changeAnalysis>;
export type SchemaChange = z.infer<typeof schemaChange>;
export type SchemaGap = z.infer<typeof schemaGap>;
export type OperationChange = z.infer<typeof operationChange>;

/** What is analysed. */
export const proposedChange = z.object({
  /** The supergraph that is served now; null when there is none. */
  before: z.string().nullable(),
  after: z.string(),
  subgraph: z.object({ name: z.string(), sdl: z.string() }),
  operations: z.array(operationInUse),
  /** The rules file of the platform; null when it has none. */
  rulesFile: z.string().nullable(),
  /** How costs are reckoned. */
  cost: z.custom<GatewaySettings['cost']>(),
  /** How far back operations were looked for, in days. */
  usageDays: z.number(),
  /** The present, in milliseconds since the epoch. */
  nowMs: z.number(),
});

export type ProposedChange = z.infer<typeof proposedChange>;
