import type { DocumentStore } from '../documents/document-store.ts';
import type { SnapshotPart } from './snapshot-part.ts';

/** What clients may ask for by id: the documents that are not retired. */
export function createDocumentsPart(documents: DocumentStore): SnapshotPart {
  return { name: 'the trusted documents', read: async () => ({ documents: await documents.active() }) };
}
