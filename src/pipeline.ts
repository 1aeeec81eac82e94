import type { OperationTypeNode } from 'graphql';
import type { Credentials } from './auth/credentials.ts';
import type { CallerIdentifier } from './auth/identify-caller.ts';
import type { SharedWork } from './batching/shared-call.ts';
import type {
  CachePolicy,
  Caller,
  ClientApplication,
  CostReport,
  GraphQLParameters,
  GraphQLResult,
  PreparedOperation,
  Tab,
} from './context.ts';
import type { OfferResult } from './execution/executor.ts';
import type { RawResult } from './execution/shape-result.ts';
import type { CancelSignal } from './lib/cancellation.ts';
import type { MeteredOperation } from './limits/meter-operations.ts';
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
  /** Whether the answer should tell what each field costs. */
  readonly wantsCostBreakdown?: boolean;
  /** Aborted when the client leaves. */
  readonly signal: CancelSignal;
}

/** What an operation came to; one object for all requests that share a run. */
export interface OperationAnswer {
  readonly result: GraphQLResult;
  /** The result as JSON in UTF-8; written once, whoever reads it. */
  readonly body: Buffer;
}

/** The steps of a request, each a verb; `wiring/build-engine.ts` says who they are. */
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
  /**
   * Document → operation: parse, shape, validate, coerce. 4xx stop here; nothing was called yet. Without a caller the caps
   * of tiers are not looked at.
   */
  readonly prepare: (
    resolved: ResolvedDocument,
    request: Pick<OperationRequest, 'allowedTypes'>,
    caller?: Caller,
  ) => PreparedOperation;
  /** Rules: what the caller may not see is cut out, and told in the answer. Field errors begin here. */
  readonly permit: PermitOperation;
  /** Reserves what it is estimated to cost; 429 and too dear stop here. Undefined where nothing is metered. */
  readonly reserve: (
    operation: PermittedOperation,
    request: OperationRequest,
    caller: Caller,
  ) => Promise<MeteredOperation | undefined>;
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
    reserved: MeteredOperation | undefined,
    signal: CancelSignal,
    offer: OfferResult,
  ) => Promise<RawResult>;
  /** Data and errors as the caller may see them. */
  readonly shape: (raw: RawResult, operation: PermittedOperation) => GraphQLResult;
  /** What it came to takes the place of the estimate, in the background. */
  readonly settle: (
    reserved: MeteredOperation | undefined,
    result: GraphQLResult,
    tab: Tab,
  ) => CostReport | undefined;
  /** Settles what was refused after it was reserved. @returns the refusal, to be thrown */
  readonly release: (reserved: MeteredOperation | undefined, error: unknown, tab: Tab) => unknown;
  /** Has a refusal tell where its caller stands, and charges what is invalid. @returns what to throw */
  readonly tellRefusal: (
    error: unknown,
    request: OperationRequest,
    caller: Caller,
    tab: Tab,
  ) => Promise<unknown>;
  /** Notes who used what; the error is what it was refused with, or why there is no answer. */
  readonly recordUse: (tab: Tab, request: OperationRequest, caller: Caller, error?: unknown) => void;
  /** How long the answer may be kept, by whom. */
  readonly cachePolicy: (operation: PreparedOperation) => CachePolicy;
}

/** What happened to a request, for the answer, the log and the metrics. */
export interface OperationOutcome extends OperationAnswer {
  readonly caller: Caller;
  readonly operation: PermittedOperation;
  readonly cachePolicy: CachePolicy;
  /** Absent where nothing is metered. */
  readonly cost: CostReport | undefined;
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
  return runIdentified(steps, request, caller);
}

/**
 * The same for a caller who is known: an operation of a batch, whose credentials are good for one look only.
 *
 * @throws RequestError or RequestErrors when it is refused before anything was fetched
 */
export async function runIdentified(
  steps: PipelineSteps,
  request: OperationRequest,
  caller: Caller,
): Promise<OperationOutcome> {
  const tab: Tab = { operation: undefined, hasRun: false, points: 0 };
  try {
    const outcome = await answerCaller(steps, request, caller, tab);
    steps.recordUse(tab, request, caller);
    return outcome;
  } catch (error) {
    const told = await steps.tellRefusal(error, request, caller, tab);
    steps.recordUse(tab, request, caller, told);
    throw told;
  }
}

async function answerCaller(
  steps: PipelineSteps,
  request: OperationRequest,
  caller: Caller,
  tab: Tab,
): Promise<OperationOutcome> {
  const parameters = steps.read(request);
  const document = await steps.resolve(parameters, request, caller);
  const prepared = steps.prepare(document, request, caller);
  tab.operation = prepared;
  const operation = await steps.permit(prepared, caller);
  const reserved = await steps.reserve(operation, request, caller);
  tab.hasRun = true;
  const answer = (raw: RawResult) => encode(steps.shape(raw, operation));
  const { result, body } = await steps
    .share(operation, request, caller, async (signal, offer) =>
      answer(
        await steps.execute(operation, request, caller, reserved, signal, (soFar) =>
          offer(() => answer(soFar())),
        ),
      ),
    )
    .catch((error: unknown) => {
      throw steps.release(reserved, error, tab);
    });
  const cost = steps.settle(reserved, result, tab);
  return { caller, operation, result, body, cost, cachePolicy: steps.cachePolicy(prepared) };
}

function encode(result: GraphQLResult): OperationAnswer {
  return { result, body: Buffer.from(JSON.stringify(result)) };
}
