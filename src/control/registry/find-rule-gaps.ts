import { ConfigError } from '../../errors/errors.ts';
import type { RuleFile } from '../../shield/load-rules.ts';
import { compileShieldRules } from '../../shield/load-shield-rules.ts';
import { SupergraphModel } from '../../supergraph/supergraph-model.ts';
import type { SchemaGap } from './change-analysis.ts';

/** What the rules of the platform say of one supergraph. */
interface RuleFacts {
  /** Fields that nobody may see, because neither a rule nor a directive names them. */
  readonly unnamed: ReadonlySet<string>;
  /** Why the gateway would refuse to serve it; undefined when it would not. */
  readonly refusal: ConfigError | undefined;
}

/**
 * Finds which rules a change of the supergraph would miss: fields that would be refused to everybody, and fields that
 * are computed from what their callers may not see. What was missing before is not told again.
 *
 * @param before - the supergraph that is served; null when there is none
 * @param rules - the rules file of the platform; undefined when it has none
 */
export async function findRuleGaps(
  before: string | null,
  after: string,
  rules: RuleFile | undefined,
): Promise<SchemaGap[]> {
  const old = before === null ? undefined : await ruleFacts(before, rules);
  const next = await ruleFacts(after, rules);
  const missing = [...next.unnamed].filter((coordinate) => old?.unnamed.has(coordinate) !== true);
  const gaps = missing.map(
    (coordinate): SchemaGap => ({
      code: 'RULE_MISSING',
      coordinate,
      message: `'${coordinate}' is refused to everybody until a rule or an access directive names it`,
      verdict: 'warns',
    }),
  );
  if (next.refusal === undefined) return gaps;
  const { code, message } = next.refusal;
  return [...gaps, { code, coordinate: 'schema', message, verdict: 'breaks' }];
}

async function ruleFacts(supergraphSdl: string, rules: RuleFile | undefined): Promise<RuleFacts> {
  try {
    const { unnamed } = await compileShieldRules(new SupergraphModel(supergraphSdl), rules);
    return { unnamed: new Set(unnamed), refusal: undefined };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { unnamed: new Set(), refusal: error };
  }
}
