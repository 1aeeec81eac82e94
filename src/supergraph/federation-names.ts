import { type DocumentNode, Kind } from 'graphql';
import { directiveArguments } from './directive-arguments.ts';

const FEDERATION = /^https:\/\/specs\.apollo\.dev\/federation\/v2\.\d+$/;

/**
 * How a subgraph's SDL calls the directives of Federation: as imported, under another name, or with the namespace.
 *
 * @returns the local name of a directive, without `@`; the name itself where the SDL links no federation
 * @see https://specs.apollo.dev/link/v1.0/#@link.import
 */
export function federationNames(document: DocumentNode): (directive: string) => string {
  const names = new Map<string, string>();
  let namespace: string | undefined;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      if (directive.name.value !== 'link') continue;
      const given = directiveArguments(directive);
      if (!FEDERATION.test(String(given.url))) continue;
      namespace = typeof given.as === 'string' ? given.as : 'federation';
      for (const [original, local] of importsOf(given.import)) names.set(original, local);
    }
  }
  return (directive) =>
    names.get(directive) ?? (namespace === undefined ? directive : `${namespace}__${directive}`);
}

function importsOf(list: unknown): [string, string][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown): [string, string][] => {
    if (typeof entry === 'string') return [[bare(entry), bare(entry)]];
    if (typeof entry !== 'object' || entry === null) return [];
    const { name, as } = entry as { readonly name?: unknown; readonly as?: unknown };
    if (typeof name !== 'string') return [];
    return [[bare(name), bare(typeof as === 'string' ? as : name)]];
  });
}

function bare(name: string): string {
  return name.replace(/^@/, '');
}
