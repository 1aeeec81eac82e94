import { parse, print } from 'graphql';
import pc from 'picocolors';
import type { CostExplanation } from '../explain/explain-cost.ts';
import type { Explanation } from '../explain/explain-operation.ts';
import type { FetchExplanation, PlanExplanation, StepExplanation } from '../explain/explain-plan.ts';
import type {
  GuardedFieldExplanation,
  RefusedFieldExplanation,
  RulesExplanation,
} from '../explain/explain-rules.ts';
import type { LayerVerdict } from '../explain/explain-sharing.ts';
import { printable } from './printable.ts';

const LAYERS = [
  'equal representations of a fetch are sent once',
  'look-ups of one step to a subgraph are one request',
  'identical fetches under way are one call',
  'look-ups of concurrent requests are one call',
  'identical operations under way are one run',
];
/** Columns of what a fetch is labelled by, below its number. */
const LABEL = 8;
const INDENT = '   ';
const NAMED_COORDINATES = 6;
const NAMED_PATHS = 4;

/**
 * Writes an explanation for a person, section by section.
 *
 * @param columns - of the terminal
 */
export function printExplanation(explanation: Explanation, columns: number): string {
  const sections = [
    headline(explanation),
    planSection(explanation.plan, columns),
    costSection(explanation.cost),
    ...(explanation.rules === undefined ? [] : [rulesSection(explanation.rules, columns)]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headline({ operation: { type, name }, plan }: Explanation): string[] {
  const title = pc.bold([type, name].filter((word) => word !== undefined).join(' '));
  if (plan.fetches === 0) return [`${title}  ${pc.dim('the gateway answers by itself')}`];
  const from = `${count(plan.fetches, 'fetch', 'fetches')} from ${count(plan.subgraphs.length, 'subgraph')}`;
  return [`${title}  ${pc.dim(`${from} in ${count(plan.depth, 'round')}`)}`];
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function planSection({ root, sharing }: PlanExplanation, columns: number): string[] {
  const legend = LAYERS.map((text, index) => pc.dim(`  ${index + 1}  ${text}`));
  const run = sharing.isShared ? `${layersText([sharing])}  ${sharing.reason}` : `not 5: ${sharing.reason}`;
  return [
    ...(root === undefined ? [] : stepLines(root, columns)),
    '',
    `${pc.bold('sharing')}  ${run}`,
    ...legend,
  ];
}

/** The sum, who may spend it, and what each field adds to it. */
function costSection({ points, fields, subgraphs, allowedFor }: CostExplanation): string[] {
  const allowed =
    allowedFor.length === 0
      ? pc.red('more than any tier allows')
      : pc.dim(`allowed for ${allowedFor.join(', ')}`);
  const width = String(points).length;
  const row = (amount: number, text: string) => `${INDENT}${String(amount).padStart(width)}  ${text}`;
  return [
    `${pc.bold('cost')}  ${count(points, 'point')}  ${allowed}`,
    ...Object.entries(subgraphs).map(([subgraph, amount]) => row(amount, pc.cyan(printable(subgraph)))),
    ...fields.map(({ path, points: amount }) => pc.dim(row(amount, path))),
  ];
}

/** Who is refused what by which rule; where nobody was named, which rules there are. */
function rulesSection({ caller, guarded, refused }: RulesExplanation, columns: number): string[] {
  const width = columns - INDENT.length * 2;
  if (caller === undefined || refused === undefined) {
    return [
      `${pc.bold('rules')}  ${count(guarded.length, 'guarded field')}  ${pc.dim('--tier, --scopes, --user, --anonymous name a caller')}`,
      ...guardLines(guarded, width),
    ];
  }
  const { tier, scopes, userId } = caller;
  const who = [
    tier,
    ...(scopes.length === 0 ? [] : [`with ${scopes.join(' ')}`]),
    ...(userId === undefined ? [] : [`for ${userId}`]),
  ].join(' ');
  const sum = `${refused.length} of ${count(guarded.length, 'guarded field')} refused`;
  return [
    `${pc.bold('rules')}  ${printable(who)}: ${refused.length === 0 ? pc.green(sum) : pc.red(sum)}`,
    ...refused.flatMap((field) => refusalLines(field, width)),
  ];
}

/** The rules, each with the fields that it guards. */
function guardLines(guarded: readonly GuardedFieldExplanation[], width: number): string[] {
  const byRules = Map.groupBy(guarded, ({ rules }) => rules.join(', '));
  return [...byRules].flatMap(([rules, fields]) => [
    INDENT + pc.yellow(printable(rules)),
    ...wrap(fields.map(({ coordinate }) => coordinate).join(', '), width).map(
      (line) => INDENT + INDENT + pc.dim(line),
    ),
  ]);
}

function refusalLines(
  { coordinate, code, rule, isFault, paths }: RefusedFieldExplanation,
  width: number,
): string[] {
  const named = paths.slice(0, NAMED_PATHS).join(', ');
  const more = paths.length - NAMED_PATHS;
  const place = `at ${named}${more > 0 ? ` and ${more} more` : ''}`;
  return [
    `${INDENT}${coordinate}  ${pc.red(code)}  ${pc.yellow(printable(rule))}${isFault ? '  which failed' : ''}`,
    ...wrap(place, width).map((line) => INDENT + INDENT + pc.dim(line)),
  ];
}

/** A step: a fetch, or a title with what belongs to it on branches below. */
function stepLines(step: StepExplanation, columns: number): string[] {
  if (step.kind === 'fetch') return fetchLines(step, columns);
  const title = step.kind === 'parallel' ? 'at once' : 'one after the other';
  const branches = step.steps.flatMap((child, index) => {
    const isLast = index === step.steps.length - 1;
    const [turn, trunk] = isLast ? ['└─ ', '   '] : ['├─ ', '│  '];
    const [first = '', ...rest] = stepLines(child, columns - turn.length);
    return [pc.dim(turn) + first, ...rest.map((line) => pc.dim(trunk) + line)];
  });
  return [pc.dim(title), ...branches];
}

function fetchLines(fetch: FetchExplanation, columns: number): string[] {
  const { number, subgraph, operationKind, at, asks, needs, travelsWith, sharing } = fetch;
  const isMutation = operationKind === 'mutation';
  const title = [
    `${pc.bold(String(number))}  ${pc.cyan(printable(subgraph))}`,
    ...(isMutation ? [pc.yellow('mutation')] : []),
    ...(at === '' ? [] : [pc.dim(`at ${at}`)]),
    ...(travelsWith.length === 0 ? [] : [pc.green(`in one request with ${travelsWith.join(' and ')}`)]),
  ].join('  ');
  const width = columns - INDENT.length - LABEL;
  return [
    title,
    ...(needs === undefined ? [] : labelled('needs', wrap(selectionText(needs), width))),
    ...labelled('asks', wrap(selectionText(asks), width)),
    ...labelled('for', audienceLines(fetch, width)),
    ...labelled('shares', [layersText(sharing)]),
    ...refusals(sharing).flatMap((text) => labelled('', wrap(text, width).map(pc.dim))),
  ];
}

function audienceLines({ audience, privateCoordinates }: FetchExplanation, width: number): string[] {
  if (audience === 'public') return [pc.green('everybody')];
  const named = privateCoordinates.slice(0, NAMED_COORDINATES).join(', ');
  const more = privateCoordinates.length - NAMED_COORDINATES;
  const [first = '', ...rest] = wrap(
    `its caller alone: ${named}${more > 0 ? ` and ${more} more` : ''}`,
    width,
  );
  return [pc.yellow(first), ...rest.map(pc.yellow)];
}

/** Why layers are not shared, those of one reason together. */
function refusals(verdicts: readonly LayerVerdict[]): string[] {
  const refused = Map.groupBy(
    verdicts.filter(({ isShared }) => !isShared),
    ({ reason }) => reason,
  );
  return [...refused].map(([reason, same]) => `not ${same.map(({ layer }) => layer).join(' ')}: ${reason}`);
}

function labelled(label: string, [first = '', ...rest]: readonly string[]): string[] {
  return [
    `${INDENT}${pc.dim(label.padEnd(LABEL))}${first}`,
    ...rest.map((line) => INDENT + ' '.repeat(LABEL) + line),
  ];
}

function selectionText(selection: string): string {
  return printable(print(parse(selection, { noLocation: true }))).replaceAll(/\s+/g, ' ');
}

/** Breaks a text at its spaces; what is longer than a line stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function layersText(verdicts: readonly LayerVerdict[]): string {
  return verdicts.map(({ layer, isShared }) => (isShared ? pc.green(String(layer)) : pc.dim('·'))).join(' ');
}
