import pc from 'picocolors';
import type { CompositionRemark } from '../control/composition/composition-outcome.ts';
import type { Verdict } from '../control/registry/change-analysis.ts';
import type { CheckReport, OperationEffect, ReportedChange } from '../control/registry/check-publication.ts';
import { terminalWidth } from './print-table.ts';
import { printable } from './printable.ts';
import { wrapText } from './wrap-text.ts';

const MARKS: Readonly<Record<Verdict, string>> = {
  breaks: pc.red('breaks'),
  warns: pc.yellow('warns '),
  passes: pc.green('passes'),
};
/** Harmless changes are told one by one up to here. */
const TOLD_PASSES = 20;
/** So many releases of a client are named. */
const TOLD_VERSIONS = 3;
const INDENT = ' '.repeat(10);
/** Narrower than this nothing is read any more. */
const LEAST_WIDTH = 30;

/**
 * Prints what a check has found, the worst first; the last line says what it comes to.
 *
 * @param schemaFile - where the SDL came from: places in it are named by that file
 */
export function printCheckReport(report: CheckReport, schemaFile: string): void {
  const remarkLine = (mark: string) => (remark: CompositionRemark) =>
    entry(mark, describeRemark(remark, report.subgraph, schemaFile));
  const blocks = [
    report.faults.map(remarkLine(MARKS.breaks)),
    report.takeovers.map((sentence) => entry(MARKS.breaks, `TAKEOVER\n${sentence}`)),
    report.hints.map(remarkLine(pc.dim('hint  '))),
    findingLines(report),
    report.operations.map(operationLine),
    [summaryOf(report)],
  ];
  const text = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  process.stdout.write(`${text.join('\n\n')}\n`);
}

function entry(mark: string, text: string): string {
  const width = Math.max(LEAST_WIDTH, terminalWidth() - INDENT.length);
  const lines = printable(text)
    .split('\n')
    .flatMap((line) => wrapText(line, width));
  return `  ${mark}  ${lines.join(`\n${INDENT}`)}`;
}

function describeRemark(
  { code, message, coordinate, places }: CompositionRemark,
  subgraph: string,
  schemaFile: string,
): string {
  // The publisher's own file comes first.
  const own = places.filter((place) => place.subgraph === subgraph);
  const others = places.filter((place) => place.subgraph !== subgraph);
  const where = [
    ...own.map(({ location }) => location?.replace(`${subgraph}:`, `${schemaFile}:`) ?? subgraph),
    ...others.map((place) => place.location ?? place.subgraph),
  ];
  return [
    coordinate === undefined ? code : `${coordinate}  ${code}`,
    message,
    ...(where.length === 0 ? [] : [where.join(', ')]),
  ].join('\n');
}

/** What is told of a change, and of a gap. */
type Finding = Omit<ReportedChange, 'usedBy'> & Partial<Pick<ReportedChange, 'usedBy'>>;

function findingLines({ changes, gaps }: CheckReport): string[] {
  const found: readonly Finding[] = [...changes, ...gaps];
  const passes = found.filter(({ verdict }) => verdict === 'passes');
  const told = found.filter(
    (finding) => finding.verdict !== 'passes' || passes.indexOf(finding) < TOLD_PASSES,
  );
  const order: readonly Verdict[] = ['breaks', 'warns', 'passes'];
  const lines = order.flatMap((verdict) =>
    told
      .filter((finding) => finding.verdict === verdict)
      .map(({ code, coordinate, message, reason, usedBy = [] }) => {
        const users = usedBy.map(describeUser).join(', ');
        return entry(
          MARKS[verdict],
          [
            `${coordinate}  ${code}`,
            message,
            ...(reason === undefined ? [] : [reason]),
            ...(users === '' ? [] : [`used by ${users}`]),
          ].join('\n'),
        );
      }),
  );
  const more = passes.length - TOLD_PASSES;
  return more > 0 ? [...lines, `  ${MARKS.passes}  … and ${more} more`] : lines;
}

function describeUser({ id, name, clients }: ReportedChange['usedBy'][number]): string {
  const operation = nameOf(name, id);
  return clients.length === 0 ? operation : `${operation} (${clients.join(', ')})`;
}

function nameOf(name: string | null, id: string): string {
  return name ?? `anonymous ${id.slice(0, 8)}`;
}

function operationLine({ name, id, clients, isRegistered, calls, cost, errors }: OperationEffect): string {
  const who = [...clients.map(describeClient), ...(isRegistered ? ['registered'] : [])].join(', ');
  const head = `${nameOf(name, id)}${who === '' ? '' : ` (${who})`}`;
  if (errors.length > 0) return entry(MARKS.breaks, [head, ...errors].join('\n'));
  const isDearer = [calls, cost].some((pair) => pair !== undefined && pair.after > pair.before);
  const facts = [
    ...(calls === undefined ? [] : [`${fromTo(calls)} calls`]),
    ...(cost === undefined ? [] : [`cost ${fromTo(cost)}`]),
  ];
  return entry(isDearer ? pc.yellow('plan  ') : pc.green('plan  '), `${head}: ${facts.join(', ')}`);
}

/** `web 4.2.0, 4.1.0 and 3 more 12×`: the newest releases that have it as a registered document first. */
function describeClient({ name, requests, versions }: OperationEffect['clients'][number]): string {
  const told = versions.slice(-TOLD_VERSIONS).reverse();
  const more = versions.length - told.length;
  const releases =
    more > 0 ? [`${told.join(', ')} and ${more} more`] : told.length > 0 ? [told.join(', ')] : [];
  return [name, ...releases, `${requests}×`].map(printable).join(' ');
}

function fromTo({ before, after }: { readonly before: number; readonly after: number }): string {
  return before === after ? String(after) : `${before} → ${after}`;
}

function summaryOf({
  subgraph,
  ok,
  faults,
  takeovers,
  changes,
  gaps,
  analysed,
  leftOut,
  usageDays,
}: CheckReport): string {
  const name = printable(subgraph);
  if (faults.length > 0) return `${pc.red('refused')}  ${name} does not compose`;
  const count = (verdict: Verdict): number =>
    [...changes, ...gaps].filter((finding) => finding.verdict === verdict).length;
  const found = `${count('breaks') + takeovers.length} break, ${count('warns')} warn, ${count('passes')} pass`;
  const left = leftOut === 0 ? '' : `, ${leftOut} left out`;
  const looked = `${analysed} operations of the last ${usageDays} days looked at${left}`;
  const verdict = ok ? pc.green('ok') : pc.red('refused');
  return `${verdict}  ${name}: ${found}; ${looked}`;
}
