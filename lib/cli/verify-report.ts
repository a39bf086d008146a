import type { Finding, FindingClass } from '../verification/verifier/finding.interface.js';
import type { CliIo } from './cli-io.interface.js';
import { count, duration, facts, paint, plain } from './terminal.js';

/** What a verification of any kind of target came to. */
export interface VerifyReport {
  readonly target: string;
  readonly valid: boolean;
  /** The worst that was found; `valid` if nothing was. */
  readonly verdict: 'valid' | FindingClass;
  readonly exitCode: 0 | 1 | 2;
  /** Name of the log, if a checkpoint or a key says it. */
  readonly origin: string | null;
  /** Records that the log has. */
  readonly size: number | null;
  /** Root over them, recomputed. */
  readonly root: string | null;
  /** Records that were read. */
  readonly checked: number;
  /** Of these, records of which only the hashes are left, since their content was discarded after delivery. */
  readonly discarded?: number;
  /** Signed checkpoints that the records were compared with. */
  readonly checkpointsCompared: number;
  /** Size of the newest checkpoint that the records bear out: up to there the log is proven. */
  readonly provenSize: number | null;
  readonly durationMs: number;
  readonly unchecked: readonly string[];
  readonly findings: readonly Finding[];
  readonly totalFindings: number;
}

/** Prints a report for people: the verdict first, then what was found, then what was not looked at. */
export function printReport(io: CliIo, report: VerifyReport): void {
  const { valid, exitCode, verdict, provenSize, size } = report;
  const colour = valid ? 'green' : exitCode === 1 ? 'red' : 'yellow';
  io.out(
    `${paint(io, [colour, 'bold'], valid ? 'VALID' : verdict.toUpperCase())}  ${plain(report.target)}` +
      `${report.origin ? `  ${plain(report.origin)}` : ''}\n` +
      facts([
        ['records', size === null ? 'unknown' : count(size)],
        ['checked', `${count(report.checked)} in ${duration(report.durationMs)}`],
        ['discarded', report.discarded ? `the content of ${count(report.discarded)}, after delivery` : undefined],
        ['root', report.root],
        ['proven', describeProof(provenSize, size, report.checkpointsCompared)],
      ]),
  );
  report.findings.forEach((finding, n) => printFinding(io, finding, n + 1));
  const more = report.totalFindings - report.findings.length;
  if (more > 0) io.out(`\n… and ${count(more)} more.\n`);
  if (report.unchecked.length > 0) {
    io.out(`\n${paint(io, 'dim', 'Not checked:')}\n`);
    for (const what of report.unchecked) io.out(paint(io, 'dim', `  - ${plain(what)}\n`));
  }
}

function describeProof(proven: number | null, size: number | null, compared: number): string {
  if (proven === null) return 'nothing: no checkpoint of a trusted key bears this out';
  const rest = (size ?? proven) - proven;
  const after = rest > 0 ? `; the last ${count(rest)} are not signed yet` : '';
  return `the first ${count(proven)}, by ${count(compared)} signed checkpoint${compared === 1 ? '' : 's'}${after}`;
}

function printFinding(io: CliIo, finding: Finding, number: number): void {
  const { index, until, eventId, stream, column } = finding;
  const place = [
    index === null ? '' : until === undefined ? `record ${index}` : `records ${index} to ${until - 1}`,
    column ?? '',
    eventId ? `event ${eventId}` : '',
    stream ? `stream ${stream}` : '',
  ].filter(Boolean);
  io.out(
    `\n${String(number).padStart(3)}. ${paint(io, ['red', 'bold'], finding.class)}  ${plain(place.join(', '))}\n` +
      `     ${plain(finding.message, true).replace(/\n/g, '\n     ')}\n`,
  );
  if (finding.expected !== null) io.out(`     expected  ${plain(shorten(finding.expected))}\n`);
  if (finding.found !== null) io.out(`     found     ${plain(shorten(finding.found))}\n`);
  for (const note of finding.notes ?? []) io.out(`\n${plain(note, true).replace(/^/gm, '     | ')}\n`);
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
