import { ConfigError } from '../../errors/errors.ts';
import { composeSources } from '../composition/compose-sources.ts';
import type {
  CompositionOutcome,
  CompositionRemark,
  SchemaSource,
} from '../composition/composition-outcome.ts';
import { checkFederationVersion } from '../composition/federation-version.ts';
import { ConfinedProgramError, type Confinement } from '../composition/run-confined.ts';
import { analyseConfined } from './analyse-confined.ts';
import type {
  ChangeAnalysis,
  OperationChange,
  ProposedChange,
  SchemaChange,
  SchemaGap,
} from './change-analysis.ts';
import type { OperationInUse } from './operation-usage.ts';

/** A subgraph as it is, or would be, part of the supergraph. */
export interface SubgraphSchema {
  readonly name: string;
  readonly routingUrl: string;
  readonly sdl: string;
}

export interface PublicationCheck {
  /** What is served now; the supergraph is null before the first version. */
  readonly supergraphSdl: string | null;
  readonly federationVersion: string;
  readonly subgraphs: readonly SubgraphSchema[];
  readonly proposed: SubgraphSchema;
  /** The most important first. */
  readonly operations: readonly OperationInUse[];
  /** How many more there are that nobody looks at. */
  readonly unchecked: number;
  /** The rules file of the platform; null when it has none. */
  readonly rulesFile: string | null;
  /** How costs are reckoned. */
  readonly cost: ProposedChange['cost'];
  readonly usageDays: number;
  readonly nowMs: number;
  /** What composition may take, and the analysis after it. */
  readonly confinement: Confinement;
}

/** An operation in use that a change does something to. */
export interface OperationEffect extends OperationChange {
  readonly name: string | null;
  readonly clients: OperationInUse['clients'];
  readonly isRegistered: boolean;
}

/** A change with the operations that depend on its place. */
export interface ReportedChange extends Omit<SchemaChange, 'usedBy'> {
  readonly usedBy: readonly {
    readonly id: string;
    readonly name: string | null;
    readonly clients: readonly string[];
  }[];
}

/** What a publish would do. */
export interface CheckReport {
  readonly subgraph: string;
  /** Whether it may be published: it composes, takes nothing, and nothing `breaks`. */
  readonly ok: boolean;
  /** Errors of composition; everything else is empty then. */
  readonly faults: readonly CompositionRemark[];
  readonly hints: readonly CompositionRemark[];
  /** What of other teams it would take, as sentences: refused, unless the operator says otherwise. */
  readonly takeovers: readonly string[];
  readonly changes: readonly ReportedChange[];
  readonly gaps: readonly SchemaGap[];
  readonly operations: readonly OperationEffect[];
  readonly analysed: number;
  /** Operations in use that were not looked at: for lack of time, or beyond `registry.checkedOperations`. */
  readonly leftOut: number;
  readonly usageDays: number;
}

/** The report, and the supergraph that it is about where the subgraphs compose. */
export interface CheckOutcome {
  readonly report: CheckReport;
  readonly supergraph: { readonly supergraphSdl: string; readonly apiSdl: string } | undefined;
}

/**
 * Checks one subgraph against the others and against what clients use. Both halves run in processes that are
 * killed when they take too long: what cannot be checked is refused.
 */
export async function checkPublication(check: PublicationCheck): Promise<CheckOutcome> {
  const outcome = await compose(check);
  if (outcome.type === 'refused') return refused(check, outcome.faults);
  const { supergraphSdl, apiSchema, hints } = outcome;
  if ('refusal' in apiSchema) return refused(check, [fault(check, 'SUPERGRAPH_INVALID', apiSchema.refusal)]);
  try {
    const analysis = await analyse(check, supergraphSdl);
    return { supergraph: { supergraphSdl, apiSdl: apiSchema.sdl }, report: toReport(check, analysis, hints) };
  } catch (error) {
    if (!(error instanceof ConfinedProgramError)) throw error;
    return refused(check, [fault(check, 'ANALYSIS_FAILED', `The analysis ${error.message}.`)]);
  }
}

async function compose(check: PublicationCheck): Promise<CompositionOutcome> {
  const { proposed, subgraphs, federationVersion, confinement } = check;
  const sources: SchemaSource[] = [...subgraphs.filter(({ name }) => name !== proposed.name), proposed].map(
    (subgraph) => ({ ...subgraph, location: subgraph.name }),
  );
  const versionFaults = checkFederationVersion(federationVersion, sources);
  if (versionFaults.length > 0) return { type: 'refused', faults: versionFaults };
  try {
    return await composeSources(sources, confinement);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { type: 'refused', faults: [fault(check, error.code, error.message)] };
  }
}

async function analyse(check: PublicationCheck, supergraphSdl: string): Promise<ChangeAnalysis> {
  const { proposed, operations, rulesFile, cost, usageDays, nowMs, confinement } = check;
  const change: ProposedChange = {
    before: check.supergraphSdl,
    after: supergraphSdl,
    subgraph: { name: proposed.name, sdl: proposed.sdl },
    operations: [...operations],
    rulesFile,
    cost,
    usageDays,
    nowMs,
  };
  return analyseConfined(change, confinement);
}

function fault({ proposed }: PublicationCheck, code: string, message: string): CompositionRemark {
  return { code, message, places: [{ subgraph: proposed.name }] };
}

function refused(check: PublicationCheck, faults: readonly CompositionRemark[]): CheckOutcome {
  const nothing = { takeovers: [], changes: [], gaps: [], operations: [], analysed: 0, leftOut: 0 };
  const report = { subgraph: check.proposed.name, ok: false, faults, hints: [], ...nothing };
  return { supergraph: undefined, report: { ...report, usageDays: check.usageDays } };
}

function toReport(
  { proposed, operations, unchecked, usageDays }: PublicationCheck,
  { changes, gaps, operations: changed, analysed, leftOut }: ChangeAnalysis,
  hints: readonly CompositionRemark[],
): CheckReport {
  const uses = new Map(operations.map((operation) => [operation.id, operation]));
  const breaks = [...changes, ...gaps].some(({ verdict }) => verdict === 'breaks');
  return {
    subgraph: proposed.name,
    ok: !breaks && changed.every(({ errors }) => errors.length === 0),
    faults: [],
    hints,
    takeovers: [],
    changes: changes.map((change) => ({
      ...change,
      usedBy: change.usedBy.map((id) => {
        const use = uses.get(id);
        return { id, name: use?.name ?? null, clients: use?.clients.map(({ name }) => name) ?? [] };
      }),
    })),
    gaps,
    operations: changed.map((operation) => {
      const use = uses.get(operation.id);
      return {
        ...operation,
        name: use?.name ?? null,
        clients: use?.clients ?? [],
        isRegistered: use?.isRegistered ?? false,
      };
    }),
    analysed,
    leftOut: leftOut + unchecked,
    usageDays,
  };
}
