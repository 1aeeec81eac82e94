import { stripIgnoredCharacters } from 'graphql';
import { LRUCache } from 'lru-cache';
import { sha256 } from '../../lib/sha256.ts';
import type { TrustedDocument } from '../../snapshot.ts';

/** The trusted documents of a snapshot. */
export interface TrustedDocuments {
  readonly isEmpty: boolean;
  /**
   * The document that a client published under an id. Without a client the id must be the document's SHA-256: then it
   * says by itself which text is meant, whoever published it.
   */
  byId(client: string | undefined, id: string): TrustedDocument | undefined;
  /** A document of the client (of any, when there is none) with this text; spaces, line ends, commas and comments do not count. */
  byText(client: string | undefined, text: string): TrustedDocument | undefined;
}

const SHA256_PREFIX = 'sha256:';
/** Texts whose normal form was looked up lately, in UTF-16 units. */
const TEXT_CACHE_UNITS = 1_048_576;

/** Indexes the documents of a snapshot; those that were retired are not in it. */
export function indexTrustedDocuments(documents: readonly TrustedDocument[]): TrustedDocuments {
  const byClientAndId = new Map<string, TrustedDocument>();
  const byHash = new Map<string, TrustedDocument>();
  const byClientAndText = new Map<string, TrustedDocument>();
  for (const document of documents) {
    const hash = sha256(document.text);
    const normal = sha256(stripIgnoredCharacters(document.text));
    byClientAndId.set(keyOf(document.client, document.id), document);
    byClientAndId.set(keyOf(document.client, hash), document);
    byHash.set(hash, document);
    byClientAndText.set(keyOf(document.client, normal), document);
    byClientAndText.set(keyOf(undefined, normal), document);
  }
  const normalForms = new LRUCache<string, string>({
    maxSize: TEXT_CACHE_UNITS,
    sizeCalculation: (_hash, text) => text.length + 1,
  });
  const normalHash = (text: string): string | undefined => {
    const known = normalForms.get(text);
    if (known !== undefined) return known;
    const hash = tryNormalise(text);
    if (hash !== undefined) normalForms.set(text, hash);
    return hash;
  };

  return {
    isEmpty: documents.length === 0,
    byId(client, id) {
      const plain = id.startsWith(SHA256_PREFIX) ? id.slice(SHA256_PREFIX.length) : id;
      if (client === undefined) return byHash.get(plain);
      return byClientAndId.get(keyOf(client, id)) ?? byClientAndId.get(keyOf(client, plain));
    },
    byText(client, text) {
      const hash = normalHash(text);
      return hash === undefined ? undefined : byClientAndText.get(keyOf(client, hash));
    },
  };
}

function keyOf(client: string | undefined, id: string): string {
  return JSON.stringify([client ?? null, id]);
}

/** A text that the lexer cannot read is nobody's document; parsing tells its sender why. */
function tryNormalise(text: string): string | undefined {
  try {
    return sha256(stripIgnoredCharacters(text));
  } catch {
    return undefined;
  }
}
