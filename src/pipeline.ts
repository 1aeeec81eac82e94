import type { OperationTypeNode } from 'graphql';
import type { CallerIdentifier, Credentials } from './auth/identify-caller.ts';
import type {
  Caller,
  ClientApplication,
  GraphQLParameters,
  GraphQLResult,
  PreparedOperation,
} from './context.ts';
import type { RawResult } from './execution/shape-result.ts';

/** A request for one operation, whatever it came by. */
export interface OperationRequest {
  readonly requestId: string;
  readonly credentials: Credentials;
  readonly client: ClientApplication | undefined;
  /** All that is asked, the method first, the rest as it came: equal text, equal question. */
  readonly text: string;
  /** Reads the text; called once, unless an equal request under way answers this one too. */
  readonly readParameters: () => GraphQLParameters;
  /** Operation types that the way it came by allows: GET allows queries alone. */
  readonly allowedTypes: readonly OperationTypeNode[];
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** What an operation came to. */
export interface OperationAnswer {
  readonly operation: PreparedOperation;
  readonly result: GraphQLResult;
  /** The result as JSON; written once, whoever reads it. */
  readonly json: string;
}

/** Runs a request, or lets it have the answer of an equal one under way. */
export type ShareAnswer = (
  request: OperationRequest,
  caller: Caller,
  run: (signal: AbortSignal, keepAlone: () => void) => Promise<OperationAnswer>,
) => Promise<OperationAnswer>;

/** The steps of a request, each a verb; `gateway.ts` says who they are. */
export interface PipelineSteps {
  /** Who is calling? 401 and 403 stop here. */
  readonly identify: CallerIdentifier['identify'];
  /** Is somebody with the same rights asking the same right now? */
  readonly share: ShareAnswer;
  /** Document → operation: parse, shape, validate, coerce. 4xx stop here; nothing was called yet. */
  readonly prepare: (
    parameters: GraphQLParameters,
    allowedTypes: readonly OperationTypeNode[],
  ) => PreparedOperation;
  /** Plan and fetch; siblings survive a failure. */
  readonly execute: (
    operation: PreparedOperation,
    parameters: GraphQLParameters,
    request: OperationRequest,
    caller: Caller,
  ) => Promise<RawResult>;
  /** Data and errors as the caller may see them. */
  readonly shape: (raw: RawResult) => GraphQLResult;
}

/** What happened to a request, for the answer, the log and the metrics. */
export interface OperationOutcome extends OperationAnswer {
  readonly caller: Caller;
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
  const answer = await steps.share(request, caller, (signal, keepAlone) =>
    answerRequest(steps, { ...request, signal }, caller, keepAlone),
  );
  return { ...answer, caller };
}

async function answerRequest(
  steps: PipelineSteps,
  request: OperationRequest,
  caller: Caller,
  keepAlone: () => void,
): Promise<OperationAnswer> {
  const parameters = request.readParameters();
  const operation = steps.prepare(parameters, request.allowedTypes);
  if (operation.type !== 'query') keepAlone();
  const raw = await steps.execute(operation, parameters, request, caller);
  const result = steps.shape(raw);
  return { operation, result, json: JSON.stringify(result) };
}
