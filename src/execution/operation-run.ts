import type { Fetcher } from '../transport/fetch-call.ts';
import type { PublicError } from './public-error.ts';
import type { ResponseNode } from './response-tree.ts';

export type ErrorPath = readonly (string | number)[];

/** An error in the form that a caller sees. */
export interface LocatedError {
  readonly message: string;
  readonly path?: ErrorPath;
  readonly extensions: { readonly code: PublicError['code'] };
}

/** Why fields are missing; `told` when the subgraph said so in errors that have places of their own. */
export type FailureCause = PublicError | 'told';

/** What a fetch failed to bring: everything, or the fields of single nodes. */
interface FetchFailure {
  everywhere: FailureCause | undefined;
  readonly nodes: Map<ResponseNode, FailureCause>;
}

/** Errors beyond this many are not kept: a subgraph may send a hundred thousand, each for a hundred places. */
const ERROR_LIMIT = 10_000;

/** The state of one request: what has been fetched, what failed. */
export class OperationRun {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly fetcher: Fetcher;
  /** The response so far. */
  readonly root: ResponseNode;
  readonly errors: LocatedError[] = [];
  /** Where completion is; the first entries are in use, as many as the depth says. */
  readonly path: (string | number)[] = [];
  #failures = new Map<number, FetchFailure>();
  /** Fetches that are over. */
  #ended = new Set<number>();
  /** Set when the run is cut short: why the others brought nothing. */
  #cut: PublicError | undefined;
  #explained: { readonly exact: Set<string>; readonly prefixes: Set<string> } | undefined;

  constructor(variables: Readonly<Record<string, unknown>>, fetcher: Fetcher, root: ResponseNode) {
    this.variables = variables;
    this.fetcher = fetcher;
    this.root = root;
  }

  get hasFailures(): boolean {
    return this.#failures.size > 0 || this.#cut !== undefined;
  }

  addError({ code, message }: PublicError, path: ErrorPath | undefined): void {
    if (this.isFull) return;
    this.errors.push({ message, ...(path === undefined ? {} : { path }), extensions: { code } });
    if (path !== undefined) this.explain(path);
  }

  /** Notes that a fetch brought nothing, or nothing for one node. It becomes an error where a field is missing. */
  fail(fetchId: number, cause: FailureCause, node?: ResponseNode): void {
    let failure = this.#failures.get(fetchId);
    if (failure === undefined) {
      failure = { everywhere: undefined, nodes: new Map() };
      this.#failures.set(fetchId, failure);
    }
    if (node === undefined) failure.everywhere ??= cause;
    else failure.nodes.set(node, cause);
  }

  /** Why a field of a node is missing, if one of the fetches that bring it failed. */
  failureAt(providers: Iterable<number>, node: ResponseNode): FailureCause | undefined {
    for (const fetchId of providers) {
      const failure = this.#failures.get(fetchId);
      const cause = failure?.everywhere ?? failure?.nodes.get(node);
      if (cause !== undefined) return cause;
      if (this.#cut !== undefined && !this.#ended.has(fetchId)) return this.#cut;
    }
    return undefined;
  }

  /** Notes that nothing more comes of a fetch. */
  end(fetchId: number): void {
    this.#ended.add(fetchId);
  }

  /**
   * The run as it would be if it ended now, for completion alone: the run itself goes on.
   *
   * @param cause - why whatever is not answered yet is missing
   */
  cutShort(cause: PublicError): OperationRun {
    const cut = new OperationRun(this.variables, this.fetcher, this.root);
    cut.errors.push(...this.errors);
    cut.#failures = this.#failures;
    cut.#ended = this.#ended;
    cut.#cut = cause;
    return cut;
  }

  /** Whether no further error would be kept. */
  get isFull(): boolean {
    return this.errors.length >= ERROR_LIMIT;
  }

  /** Whether an error at this place, around it or inside of it has been told already. */
  isExplained(path: ErrorPath): boolean {
    if (this.errors.length === 0) return false;
    if (this.#explained === undefined) {
      this.#explained = { exact: new Set(), prefixes: new Set() };
      for (const error of this.errors) if (error.path !== undefined) this.explain(error.path);
    }
    const { exact, prefixes } = this.#explained;
    return (
      prefixes.has(keyOf(path, path.length)) || path.some((_, index) => exact.has(keyOf(path, index + 1)))
    );
  }

  /** Notes that an error tells already why nothing is here. */
  explain(path: ErrorPath): void {
    if (this.#explained === undefined || path.length === 0) return;
    this.#explained.exact.add(keyOf(path, path.length));
    for (let length = 1; length <= path.length; length += 1)
      this.#explained.prefixes.add(keyOf(path, length));
  }
}

function keyOf(path: ErrorPath, length: number): string {
  return path.slice(0, length).join('\n');
}
