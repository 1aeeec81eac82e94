import type { OperationTypeNode } from 'graphql';
import type { Credentials } from './auth/credentials.ts';
import type { CallerIdentifier } from './auth/identify-caller.ts';
import type { SharedWork } from './batching/shared-call.ts';
import type {
  CachePolicy,
  Caller,
  ClientApplication,
  GraphQLParameters,
  GraphQLResult,
  PreparedOperation,
} from './context.ts';
import type { OfferResult } from './execution/executor.ts';
import type { RawResult } from './execution/shape-result.ts';
import type { CancelSignal } from './lib/cancellation.ts';
import type { ResolvedDocument } from './operations/persisted/resolve-document.ts';
import type { PermitOperation } from './shield/permit-operation.ts';
import type { PermittedOperation } from './shield/permitted-operation.ts';

/** A request for one operation, whatever it came by. */
export interface OperationRequest {
  readonly requestId: string;
  readonly credentials: Credentials;
  readonly client: ClientApplication | undefined;
  /** All that is asked, the method first, the rest as it came: equal text, equal question. */
  readonly text: string;
  /** Reads the text; not called when an equal text was read a moment ago. */
  readonly readParameters: () => GraphQLParameters;
  /** Operation types that the way it came by allows: GET allows queries alone. */
  readonly allowedTypes: readonly OperationTypeNode[];
  /** Aborted when the client leaves. */
  readonly signal: CancelSignal;
}

/** What an operation came to; one object for all requests that share a run. */
export interface OperationAnswer {
  readonly result: GraphQLResult;
  /** The result as JSON in UTF-8; written once, whoever reads it. */
  readonly body: Buffer;
}

/** The steps of a request, each a verb; `gateway.ts` says who they are. */
export interface PipelineSteps {
  /** Who is calling? 401 and 403 stop here. */
  readonly identify: CallerIdentifier['identify'];
  /** Text → parameters of the request. 400 stops here. */
  readonly read: (request: OperationRequest) => GraphQLParameters;
  /** Parameters → document, by its id where they name one; may that document run at all? */
  readonly resolve: (
    parameters: GraphQLParameters,
    request: OperationRequest,
    caller: Caller,
  ) => ResolvedDocument | Promise<ResolvedDocument>;
  /** Document → operation: parse, shape, validate, coerce. 4xx stop here; nothing was called yet. */
  readonly prepare: (
    resolved: ResolvedDocument,
    request: Pick<OperationRequest, 'allowedTypes'>,
  ) => PreparedOperation;
  /** Rules: what the caller may not see is cut out, and told in the answer. Field errors begin here. */
  readonly permit: PermitOperation;
  /** Runs it, or joins the run of an equal operation that is under way for somebody with the same rights. */
  readonly share: (
    operation: PermittedOperation,
    request: OperationRequest,
    caller: Caller,
    run: SharedWork<OperationAnswer>,
  ) => Promise<OperationAnswer>;
  /** Plan and fetch; siblings survive a failure. */
  readonly execute: (
    operation: PermittedOperation,
    request: OperationRequest,
    caller: Caller,
    signal: CancelSignal,
    offer: OfferResult,
  ) => Promise<RawResult>;
  /** Data and errors as the caller may see them. */
  readonly shape: (raw: RawResult, operation: PermittedOperation) => GraphQLResult;
  /** How long the answer may be kept, by whom. */
  readonly cachePolicy: (operation: PreparedOperation) => CachePolicy;
}

/** What happened to a request, for the answer, the log and the metrics. */
export interface OperationOutcome extends OperationAnswer {
  readonly caller: Caller;
  readonly operation: PermittedOperation;
  readonly cachePolicy: CachePolicy;
}

/**
 * One operation, request to result: the drawing of `docs/lifecycle.md`, one line a step.
 *
 * What comes before `share` happens for each request by itself, whoever it may share the run with.
 *
 * @throws RequestError or RequestErrors when it is refused before anything was fetched
 */
export async function runOperation(
  steps: PipelineSteps,
  request: OperationRequest,
): Promise<OperationOutcome> {
  const caller = await steps.identify(request.credentials);
  const parameters = steps.read(request);
  const document = await steps.resolve(parameters, request, caller);
  const prepared = steps.prepare(document, request);
  const operation = await steps.permit(prepared, caller);
  const answer = (raw: RawResult) => encode(steps.shape(raw, operation));
  const { result, body } = await steps.share(operation, request, caller, async (signal, offer) =>
    answer(await steps.execute(operation, request, caller, signal, (soFar) => offer(() => answer(soFar())))),
  );
  return { caller, operation, result, body, cachePolicy: steps.cachePolicy(prepared) };
}

function encode(result: GraphQLResult): OperationAnswer {
  return { result, body: Buffer.from(JSON.stringify(result)) };
}
