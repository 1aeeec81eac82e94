import type { DocumentSettings } from '../config/document-settings.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import {
  compileDocuments,
  type DocumentCompilationOptions,
} from '../operations/persisted/compile-documents.ts';
import type { Engine } from './engine.ts';

export interface DocumentCompilerOptions
  extends Pick<DocumentCompilationOptions, 'read' | 'formsOf' | 'compile' | 'signal'> {
  readonly settings: Pick<DocumentSettings, 'warmMs'>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'compiledDocuments'>;
}

/** Makes what an engine compiles trusted documents with, ahead of their first call; each is counted, each fault told. */
export function createDocumentCompiler({
  settings,
  log,
  metrics,
  ...work
}: DocumentCompilerOptions): Engine['compileDocuments'] {
  return (texts) =>
    compileDocuments({
      ...work,
      texts,
      budgetMs: settings.warmMs,
      onDocument(error) {
        metrics.compiledDocuments.inc({ result: error === undefined ? 'ok' : 'failed' });
        if (error !== undefined) log.warn({ err: error }, 'a trusted document cannot be compiled');
      },
    });
}
