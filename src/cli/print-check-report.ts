import pc from 'picocolors';
import { formatRemark } from '../control/composition/composition-outcome.ts';
import type { SchemaChange, SchemaGap, Verdict } from '../control/registry/change-analysis.ts';
import type { CheckReport, OperationEffect } from '../control/registry/check-publication.ts';
import { printable } from './printable.ts';

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

/** Prints what a check has found, the worst first; the last line says what it comes to. */
export function printCheckReport(report: CheckReport): void {
  const blocks = [
    report.faults.map((fault) => entry(MARKS.breaks, formatRemark(fault))),
    report.hints.map((hint) => entry(pc.dim('hint  '), formatRemark(hint))),
    findingLines(report),
    report.operations.map(operationLine),
    [summaryOf(report)],
  ];
  const text = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  process.stdout.write(`${text.join('\n\n')}\n`);
}

function entry(mark: string, text: string): string {
  return `  ${mark}  ${printable(text).replaceAll('\n', `\n${INDENT}`)}`;
}

function findingLines({ changes, gaps, operations }: CheckReport): string[] {
  const effects = new Map(operations.map((operation) => [operation.id, operation]));
  const found: readonly (
    | SchemaChange
    | (SchemaGap & { readonly usedBy?: undefined; readonly reason?: undefined })
  )[] = [...changes, ...gaps];
  const passes = found.filter(({ verdict }) => verdict === 'passes');
  const told = found.filter(
    (finding) => finding.verdict !== 'passes' || passes.indexOf(finding) < TOLD_PASSES,
  );
  const order: readonly Verdict[] = ['breaks', 'warns', 'passes'];
  const lines = order.flatMap((verdict) =>
    told
      .filter((finding) => finding.verdict === verdict)
      .map(({ code, coordinate, message, reason, usedBy = [] }) => {
        const users = usedBy.map((id) => effects.get(id)?.name ?? id.slice(0, 8)).join(', ');
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

function operationLine({ name, id, clients, isRegistered, calls, cost, errors }: OperationEffect): string {
  const who = [...clients.map(describeClient), ...(isRegistered ? ['registered'] : [])].join(', ');
  const head = `${name ?? `anonymous ${id.slice(0, 8)}`}${who === '' ? '' : ` (${who})`}`;
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
  const found = `${count('breaks')} break, ${count('warns')} warn, ${count('passes')} pass`;
  const left = leftOut === 0 ? '' : `, ${leftOut} left out`;
  const looked = `${analysed} operations of the last ${usageDays} days looked at${left}`;
  const verdict = ok ? pc.green('ok') : pc.red('refused');
  return `${verdict}  ${name}: ${found}; ${looked}`;
}
