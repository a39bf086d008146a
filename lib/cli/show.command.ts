import { hash } from 'node:crypto';
import { Command } from 'commander';
import type { AuditRecord } from '../event/audit-record.interface.js';
import { isDiscarded } from '../ledger/discarded-event.js';
import type { StoredEvent } from '../ledger/ledger-store.port.js';
import { leafHash } from '../ledger/merkle/index.js';
import { RowChecker } from '../verification/verifier/row-checker.js';
import { SignatureChecker } from '../verification/verifier/signature-checker.js';
import type { Finding } from '../verification/verifier/finding.interface.js';
import type { StoredCheckpoint } from '../verification/checkpoints/checkpoint-store.port.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { ExitCode, setExitCode } from './exit-code.js';
import { resolveOptions, withDatabase } from './open-database.js';
import { facts, json, paint, plain } from './terminal.js';

/** Shows one event with everything that is known of it. */
export function showCommand(io: CliIo): Command {
  return new Command('show')
    .description('show one event, and whether its own row is as it was sealed')
    .argument('<event-id>', 'id of the event')
    .option('--database <database>', 'URL or SQLite file')
    .option('--json', 'print JSON')
    .action(async (eventId: string, flags: { database?: string; json?: boolean }) => {
      await withDatabase(resolveOptions(io, flags.database), async ({ storage }) => {
        const row = await storage.ledger.findById(eventId);
        if (!row) throw new CliError(`There is no event ${plain(eventId)} in this log. It may not be sealed yet.`);
        const [checkpoint = null] = await storage.checkpoints.list({ from: row.logIndex + 1, limit: 1 });
        const findings = checkRow(row);
        setExitCode(io, findings.length > 0 ? ExitCode.FINDING : ExitCode.OK);
        if (flags.json) return json(io, describe(row, checkpoint, findings));
        print(io, row, checkpoint, findings);
      });
    });
}

/** What the row alone can tell: hashes, columns, sections. Its place in the log is for `verify` to judge. */
function checkRow(row: StoredEvent): Finding[] {
  const findings: Finding[] = [];
  const { alg = 'sha256' } = parse<Partial<AuditRecord>>(row.record) ?? {};
  new RowChecker(alg, new SignatureChecker(undefined), (finding) => findings.push(finding)).check(row);
  return findings;
}

function describe(row: StoredEvent, checkpoint: StoredCheckpoint | null, findings: readonly Finding[]) {
  const { logIndex, stream, sequence, hash: stored, record, signature, sections } = row;
  return {
    logIndex,
    stream,
    sequence,
    hash: stored,
    leafHash: isDiscarded(row) ? row.leafHash : leafHash(record).toString('hex'),
    discarded: isDiscarded(row),
    bytes: record,
    record: parse(record),
    sections: sections === null ? null : parse(sections),
    signature: signature === null ? null : parse(signature),
    checkpoint: checkpoint && { size: checkpoint.size, anchoredAt: checkpoint.anchoredAt },
    findings,
  };
}

function print(io: CliIo, row: StoredEvent, checkpoint: StoredCheckpoint | null, findings: readonly Finding[]): void {
  const good = isDiscarded(row) ? paint(io, 'yellow', 'discarded') : paint(io, 'green', 'intact');
  const verdict = findings.length > 0 ? paint(io, 'red', 'CHANGED') : good;
  io.out(
    `${verdict}  event ${plain(row.eventId)}\n` +
      facts([
        ['position', `${row.logIndex} (stream ${row.stream}, sequence ${row.sequence})`],
        ['hash', row.hash],
        ['leaf hash', row.leafHash],
        ['checkpoint', checkpoint ? `size ${checkpoint.size}` : 'none covers it yet'],
        ['anchored', checkpoint ? (checkpoint.anchoredAt ?? 'not yet') : undefined],
      ]),
  );
  for (const { class: kind, message } of findings) io.out(`  ${paint(io, 'red', kind)}  ${plain(message)}\n`);
  if (isDiscarded(row)) {
    io.out(
      'Its content was let go of after delivery. What a destination has of it hashes to the above, or is another one.\n',
    );
    return;
  }
  const shown = { record: parse(row.record) ?? row.record, ...(row.sections && { sections: parse(row.sections) }) };
  io.out(`${plain(JSON.stringify(shown, null, 2), true)}\n`);
  io.err(paint(io, 'dim', `sha256 of the stored record: ${hash('sha256', row.record)}\n`));
}

function parse<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
