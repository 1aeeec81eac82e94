import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../errors/errors.ts';
import { type AnyRule, isRule, type RuleMap } from '../lib/rules.ts';
import { sha256 } from '../lib/sha256.ts';
import { checkLeaves } from './read-rule-map.ts';

/** What a rules file says. */
export interface RuleFile {
  /** The file, for messages. */
  readonly file: string;
  /** Its default export: rules by type and field. */
  readonly map: RuleMap;
  /** Its export `policies`: what each name in `@policy` asks for. */
  readonly policies: Readonly<Record<string, AnyRule>>;
}

/**
 * Loads a rules file: a module that exports a map of rules. A file that has changed since is loaded anew; modules
 * that it imports are not.
 *
 * @param file - an absolute path
 * @throws ConfigError CONFIG_NOT_FOUND, or RULES_INVALID when it does not run or exports something else
 */
export async function loadRules(file: string): Promise<RuleFile> {
  const { default: map, policies = {} } = await importFresh(file);
  if (typeof map !== 'object' || map === null || isRule(map)) {
    throw invalid(file, 'its default export must be an object of rules by type and field');
  }
  if (typeof policies !== 'object' || policies === null) {
    throw invalid(file, 'its export "policies" must be an object of rules by name');
  }
  const faults: string[] = [];
  for (const [name, rule] of Object.entries(policies)) {
    if (isRule(rule)) checkLeaves(rule, `policies.${name}`, faults);
    else faults.push(`policies.${name}: expected a rule`);
  }
  if (faults.length > 0) throw invalid(file, faults.join('\n  '));
  return { file, map: map as RuleMap, policies: policies as Record<string, AnyRule> };
}

async function importFresh(
  file: string,
): Promise<{ readonly default?: unknown; readonly policies?: unknown }> {
  const version = sha256(readRulesFile(file)).slice(0, 16);
  try {
    return await import(`${pathToFileURL(file).href}?version=${version}`);
  } catch (cause) {
    throw invalid(file, `it cannot be loaded: ${(cause as Error)?.message ?? cause}`, cause);
  }
}

function readRulesFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_NOT_FOUND',
      `${file}: there is no such rules file, or it cannot be read.`,
      cause,
    );
  }
}

function invalid(file: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError('RULES_INVALID', `${file}:\n  ${reason}`, cause);
}
