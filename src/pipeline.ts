import type { OperationTypeNode } from 'graphql';
import type { CallerIdentifier, Credentials } from './auth/identify-caller.ts';
import type { Caller, ClientApplication, GraphQLParameters, GraphQLResult } from './context.ts';
import type { RawResult } from './execution/shape-result.ts';
import type { PreparedOperation } from './operations/prepare-operation.ts';

/** A request for one operation, whatever it came by. */
export interface OperationRequest {
  readonly requestId: string;
  readonly credentials: Credentials;
  readonly client: ClientApplication | undefined;
  readonly parameters: GraphQLParameters;
  /** Operation types that the way it came by allows: GET allows queries alone. */
  readonly allowedTypes: readonly OperationTypeNode[];
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** The steps of a request, each a verb; `gateway.ts` says who they are. */
export interface PipelineSteps {
  /** Who is calling? 401 and 403 stop here. */
  readonly identify: CallerIdentifier['identify'];
  /** Document → operation: parse, shape, validate, coerce. 4xx stop here; nothing was called yet. */
  readonly prepare: (
    parameters: GraphQLParameters,
    allowedTypes: readonly OperationTypeNode[],
  ) => PreparedOperation;
  /** Plan and fetch; siblings survive a failure. */
  readonly execute: (request: OperationRequest, caller: Caller) => Promise<RawResult>;
  /** Data and errors as the caller may see them. */
  readonly shape: (raw: RawResult) => GraphQLResult;
}

/** What happened to a request, for the log and the metrics. */
export interface OperationOutcome {
  readonly result: GraphQLResult;
  readonly caller: Caller;
  readonly operation: PreparedOperation;
}

/**
 * One operation, request to result: the drawing of `docs/lifecycle.md`, one line a step.
 *
 * @throws RequestError or RequestErrors when it is refused before anything was fetched
 */
export async function runOperation(
  steps: PipelineSteps,
  request: OperationRequest,
): Promise<OperationOutcome> {
  const caller = steps.identify(request.credentials);
  const operation = steps.prepare(request.parameters, request.allowedTypes);
  const raw = await steps.execute(request, caller);
  const result = steps.shape(raw);
  return { result, caller, operation };
}
