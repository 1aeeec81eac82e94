import type { DocumentStore } from '../../caching/document-store.ts';
import type { DocumentMode, DocumentSettings } from '../../config/document-settings.ts';
import type { Caller, GraphQLParameters, RequestedDocument } from '../../context.ts';
import { RequestError } from '../../errors/errors.ts';
import { sha256 } from '../../lib/sha256.ts';
import { documentMode } from './document-mode.ts';
import { type DocumentReference, readDocumentReference } from './read-document-reference.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** Who asks for a document. */
export interface Asker {
  readonly caller: Caller;
  /** The client application as it names itself. */
  readonly clientName: string | undefined;
  readonly remoteAddress: string;
}

/** A document that may be prepared, and what is to be done once it turned out to be good. */
export interface ResolvedDocument {
  readonly document: RequestedDocument;
  /** Called when the document was prepared without a refusal: nothing bad is ever registered. */
  readonly onGood: (() => void) | undefined;
}

export interface DocumentResolver {
  /**
   * From what a request says to the document that it means.
   *
   * @throws RequestError BAD_REQUEST, PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_HASH_MISMATCH, PERSISTED_QUERY_ONLY
   */
  resolve(parameters: GraphQLParameters, asker: Asker): ResolvedDocument | Promise<ResolvedDocument>;
}

export interface DocumentResolverOptions {
  readonly settings: DocumentSettings;
  readonly trusted: TrustedDocuments;
  /** What clients registered; absent when that is switched off. */
  readonly automatic: DocumentStore | undefined;
  /** Whether a caller without a key may register one more document. */
  readonly mayRegister: (remoteAddress: string) => boolean;
  /** Told of good documents that are not trusted, in mode audit. */
  readonly onUntrusted: (clientName: string | undefined, text: string) => void;
}

const SHA256 = /^[\da-f]{64}$/;
const BY_TEXT: ReadonlySet<DocumentMode> = new Set(['off', 'audit', 'safelist']);
const ANYTHING: ReadonlySet<DocumentMode> = new Set(['off', 'audit']);

/** Looks documents up by id, and decides which documents run at all. */
export function createDocumentResolver({
  settings,
  trusted,
  automatic,
  mayRegister,
  onUntrusted,
}: DocumentResolverOptions): DocumentResolver {
  const asItCame = createResolvedOnce(false);
  const ofTrusted = createResolvedOnce(true);

  function resolveText(
    parameters: GraphQLParameters,
    text: string,
    { id, isAutomatic }: DocumentReference,
    asker: Asker,
    mode: DocumentMode,
  ): ResolvedDocument {
    if (!BY_TEXT.has(mode)) throw new RequestError('PERSISTED_QUERY_ONLY');
    if (isAutomatic && sha256(text) !== id) throw new RequestError('PERSISTED_QUERY_HASH_MISMATCH');
    const known = trusted.isEmpty ? undefined : trusted.byText(trustedClient(asker), text);
    // As it was published: spaces of another kind make no other operation, neither for plans nor for who counts.
    if (known !== undefined) return ofTrusted(parameters, known.text);
    if (!ANYTHING.has(mode)) throw new RequestError('PERSISTED_QUERY_ONLY');
    const store = isAutomatic && id !== undefined ? automatic : undefined;
    if (store === undefined && mode === 'off') return asItCame(parameters, text);
    return {
      document: toDocument(parameters, text, false),
      onGood: () => {
        if (mode === 'audit') onUntrusted(asker.clientName, text);
        if (store !== undefined && id !== undefined) register(store, id, text, asker);
      },
    };
  }

  function register(
    store: DocumentStore,
    hash: string,
    text: string,
    { caller, remoteAddress }: Asker,
  ): void {
    if (caller.tier !== 'ANONYMOUS' || mayRegister(remoteAddress)) store.put(hash, text);
  }

  function resolveId(
    parameters: GraphQLParameters,
    id: string,
    isAutomatic: boolean,
    asker: Asker,
    mode: DocumentMode,
  ): ResolvedDocument | Promise<ResolvedDocument> {
    const known = trusted.byId(trustedClient(asker), id);
    if (known !== undefined) return ofTrusted(parameters, known.text);
    if (!isAutomatic || !ANYTHING.has(mode)) throw new RequestError('PERSISTED_QUERY_NOT_FOUND');
    if (automatic === undefined) {
      // The words by which Apollo's clients know that they need not try again.
      throw new RequestError('PERSISTED_QUERY_NOT_FOUND', { message: 'PersistedQueryNotSupported' });
    }
    // Nothing else was ever registered: a flood of nonsense asks no Redis.
    if (!SHA256.test(id)) throw new RequestError('PERSISTED_QUERY_NOT_FOUND');
    const found = automatic.get(id);
    return found instanceof Promise
      ? found.then((text) => ofRegistered(parameters, text, asker, mode))
      : ofRegistered(parameters, found, asker, mode);
  }

  function ofRegistered(
    parameters: GraphQLParameters,
    text: string | undefined,
    asker: Asker,
    mode: DocumentMode,
  ): ResolvedDocument {
    if (text === undefined) throw new RequestError('PERSISTED_QUERY_NOT_FOUND');
    if (mode !== 'audit') return asItCame(parameters, text);
    return {
      document: toDocument(parameters, text, false),
      onGood: () => onUntrusted(asker.clientName, text),
    };
  }

  return {
    resolve(parameters, asker) {
      const reference = readDocumentReference(parameters);
      const mode = documentMode(settings, asker.caller, asker.caller.client ?? asker.clientName);
      const { text, id, isAutomatic } = reference;
      if (text !== undefined) return resolveText(parameters, text, reference, asker, mode);
      if (id !== undefined) return resolveId(parameters, id, isAutomatic, asker, mode);
      throw new RequestError('BAD_REQUEST', {
        message: 'The parameter "query" must be a string, found nothing.',
      });
    },
  };
}

/** Whose documents are meant: a key's own client, else the one that the request names. */
function trustedClient({ caller, clientName }: Asker): string | undefined {
  return caller.client ?? clientName;
}

/**
 * Equal requests that are read once are resolved once as well, while they mean the same text: the same id may be of two
 * clients.
 */
function createResolvedOnce(
  isTrusted: boolean,
): (parameters: GraphQLParameters, text: string) => ResolvedDocument {
  const known = new WeakMap<GraphQLParameters, ResolvedDocument>();
  return (parameters, text) => {
    let resolved = known.get(parameters);
    if (resolved?.document.text !== text) {
      resolved = { document: toDocument(parameters, text, isTrusted), onGood: undefined };
      known.set(parameters, resolved);
    }
    return resolved;
  };
}

function toDocument(
  { operationName, variables }: GraphQLParameters,
  text: string,
  isTrusted: boolean,
): RequestedDocument {
  return { text, operationName, variables, isTrusted };
}
